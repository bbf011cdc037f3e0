import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ExplanationRow } from '../../pipeline/schema/explanations.ts';
import type { Row } from '../../pipeline/schema/table.ts';
import type { tokens } from '../../pipeline/schema/tokens.ts';
import { chooseFeatures } from '../../pipeline/stages/explanations/chosen.ts';
import {
  type Described,
  describe,
  type SplitList,
  splitByTopic,
} from '../../pipeline/stages/explanations/described.ts';
import { askModel, judgeRows, question } from '../../pipeline/stages/explanations/judge.ts';
import { labelOf } from '../../pipeline/stages/explanations/label.ts';
import { quotedRule, quotedWords } from '../../pipeline/stages/explanations/quoted.ts';
import { chooseRule, fitRule, tokenAuc } from '../../pipeline/stages/explanations/rules.ts';
import {
  type Material,
  quotedRows,
  ruledFeatures,
  ruleRows,
} from '../../pipeline/stages/explanations/score-sae.ts';
import { summaryRows } from '../../pipeline/stages/explanations/summary.ts';
import { detectionAuc, windowsOf } from '../../pipeline/stages/explanations/windows.ts';
import { outlinedRun } from '../outlined-run.ts';
import { cpuReader } from '../reader.ts';
import { listRow } from './lists.ts';

type TokenRow = Row<typeof tokens>;

const TOPICS = ['Rivers', 'Fruits', 'Colors', 'Ocean', 'Cars', 'Birds', 'Towns', 'Seas'];

/** Tokens of a list: a beginning and a prompt, then items that differ by topic, all with " red" somewhere. */
function tokensOf({ list }: SplitList): TokenRow[] {
  const found: TokenRow[] = [];
  const put = (token: string, kind: TokenRow['kind'], item_index: number | null = null) => {
    const pos = found.length;
    const of = { sample_id: list.sample_id, pos, token_id: 0, is_prompt: kind === 'prompt' };
    found.push({ ...of, token, kind, item_index });
  };
  for (const token of ['<bos>', 'List', ' red', ' things', '\n']) put(token, 'prompt');
  const nItems = 5 + (list.topic.length % 4);
  for (let item = 0; item < nItems; item++) {
    put('-', 'marker', item);
    put(item === list.topic.length % 5 ? ' red' : ` ${list.topic} ${item}`, 'item', item);
    put('\n', 'newline', item);
  }
  return found;
}

const lists = splitByTopic(TOPICS.map((topic) => listRow(topic, 0)));
const rows = lists.flatMap(tokensOf);
const described: Described = describe(lists, rows, 1);
const material: Material = { described, windows: windowsOf(described, lists), seed: 1 };
const counted = rows.filter(({ pos }) => pos >= 1);
const actsWhere = (value: (token: TokenRow) => number) => Float32Array.from(counted, value);
const onRed = actsWhere(({ token }) => (token === ' red' ? 2 : 0));
const onThird = actsWhere(({ kind, item_index }) => (kind === 'item' && item_index === 2 ? 3 : 0));
const never = actsWhere(() => 0);

suite('positions and what describes them', () => {
  test('every other topic is held out, and the others are of two folds', () => {
    const parts = ['fold 0', 'held out', 'fold 1', 'held out'];
    assert.deepEqual(
      lists.map(({ part }) => part),
      [...parts, ...parts],
    );
    const { positions, training, n, starts } = described;
    assert.equal(n, counted.length);
    assert.equal(starts.at(-1), n);
    assert.equal(Object.values(positions).flat().length, n);
    assert.deepEqual(
      training,
      [...positions['fold 0'], ...positions['fold 1']].sort((a, b) => a - b),
    );
  });

  test('the token before the first counted one is the uncounted one', () => {
    const { of, words } = described.descriptors['token pair'];
    assert.equal(words[of[0]!], '"<bos>" then "List"');
  });
});

suite('rules', () => {
  test('a feature that fires on a token has its token, one on a place its place', () => {
    assert.equal(chooseRule(described, onRed), 'token');
    assert.equal(chooseRule(described, onThird), 'place');
    assert.equal(
      chooseRule(
        described,
        actsWhere(({ kind }) => (kind === 'item' ? 1 : 0)),
      ),
      'kind',
    );
    const afterMarker = actsWhere(({ token, kind }) =>
      token === ' red' && kind === 'item' ? 1 : 0,
    );
    assert.equal(chooseRule(described, afterMarker), 'token and kind');
    assert.equal(chooseRule(described, never), null);
  });

  test('only training topics choose', () => {
    const heldOut = new Set(described.positions['held out']);
    const hidden = onThird.map((act, i) => (heldOut.has(i) ? 0 : act));
    const shown = onRed.map((act, i) => (heldOut.has(i) ? act : hidden[i]!));
    assert.equal(chooseRule(described, shown), 'place');
    const ofThird = fitRule('place', described, shown, described.training);
    assert.ok(tokenAuc(ofThird, shown, described.positions['held out'])! < 0.9);
  });

  test('one topic to train on is not enough to choose by: the simplest rule is taken', () => {
    const two = splitByTopic(TOPICS.slice(0, 2).map((topic) => listRow(topic, 0)));
    const few = describe(two, two.flatMap(tokensOf), 1);
    const acts = onRed.slice(0, few.n);
    assert.deepEqual(few.positions['fold 1'], []);
    assert.equal(chooseRule(few, acts), 'kind');
    const alone = describe(two.slice(0, 1), two.slice(0, 1).flatMap(tokensOf), 1);
    const kind = fitRule('kind', alone, acts, alone.training);
    assert.equal(tokenAuc(kind, acts, alone.positions['held out']), null);
    assert.deepEqual(windowsOf(alone, two.slice(0, 1)), []);
  });

  test('what the training positions lack is predicted by the coarser rule, else 0', () => {
    const { positions, descriptors, n } = described;
    const acts = Float32Array.from({ length: n }, (_, i) => 1 + (i % 3));
    const predict = fitRule('token pair', described, acts, positions['fold 0']);
    const byToken = fitRule('token', described, acts, positions['fold 0']);
    const seen = (rule: 'token' | 'token pair') =>
      new Set(positions['fold 0'].map((i) => descriptors[rule].of[i]));
    const [pairs, ids] = [seen('token pair'), seen('token')];
    const backsOff = [...Array(n).keys()].filter(
      (i) => !pairs.has(descriptors['token pair'].of[i]) && ids.has(descriptors.token.of[i]),
    );
    const unseen = [...Array(n).keys()].filter((i) => !ids.has(descriptors.token.of[i]));
    assert.ok(backsOff.length > 0 && unseen.length > 0);
    for (const i of backsOff) assert.equal(predict(i), byToken(i));
    for (const i of unseen) assert.equal(predict(i), 0);
  });
});

suite('scores and labels', () => {
  test('windows are of held-out lists, and cover them once', () => {
    const covered = material.windows.flatMap(({ start, end }) =>
      Array.from({ length: end - start }, (_, i) => start + i),
    );
    assert.deepEqual(covered, described.positions['held out']);
    assert.ok(material.windows.every(({ start, end }) => end - start <= 16));
    const first = fitRule('place', described, onThird, described.training);
    assert.equal(detectionAuc(first, onThird, material.windows), 1);
    assert.equal(
      detectionAuc(() => 0, onThird, material.windows),
      0.5,
    );
    assert.equal(detectionAuc(first, never, material.windows), null);
  });

  const token = (id: number) => ['\n', ' blue', '-', '.'][id]!;
  const promoted = [0, 1, 2, 3].map((tokenId) => ({ tokenId, logit: 1 }));

  test('a label says where, and what is raised', () => {
    const given = { promoted, token };
    const raises = 'raises "\\n", " blue", "-"';
    assert.equal(labelOf('token', described, onRed, given), `on " red"; ${raises}`);
    assert.equal(labelOf('place', described, onThird, given), `on items of item 3; ${raises}`);
    assert.equal(
      labelOf(null, described, never, given),
      `never active in the training topics; ${raises}`,
    );
  });

  const sae = { id: 'res_1', family: 'res', layer: 1, hook: 'h', outputHook: 'h' } as const;
  const sized = { ...sae, dIn: 2, dSae: 9, dOut: 2 };

  test('rows have the scores of the rule, beside those of other features’ rules', () => {
    const features = ruledFeatures([4, 6, 7, 8], [onRed, never, onThird, onThird], material);
    const logits = features.map(({ feature }) => ({ feature, promoted, suppressed: [] }));
    const found = ruleRows(
      { sae: sized, features: [4, 6, 7, 8], explained: 2 },
      features,
      { logits, outputScores: [0.8, null], token },
      material,
    );
    const [red, nothing] = found;
    assert.equal(found.length, 2);
    assert.deepEqual(
      [red!.feature_id, red!.rule, red!.token_auc, red!.output_score],
      ['res_1_4', 'token', 1, 0.8],
    );
    assert.equal(red!.n_held_out, described.positions['held out'].filter((i) => onRed[i]).length);
    assert.ok(red!.shuffled_auc! < 0.7);
    assert.deepEqual(
      [nothing!.rule, nothing!.token_auc, nothing!.detection_auc, nothing!.shuffled_auc],
      [null, null, null, null],
    );
  });

  test('a fetched explanation is scored by the words that it quotes, others have no scores', () => {
    const features = ruledFeatures([4, 6, 7], [onRed, onThird, never], material);
    const explanationOf = new Map([
      [4, 'the word "Red" in lists'],
      [6, "items of the list's middle"],
    ]);
    const chosen = { sae: sized, features: [4, 6, 7], explained: 3 };
    const [red, third, ...none] = quotedRows(chosen, features, explanationOf, material);
    assert.deepEqual([red!.method, red!.token_auc, none.length], ['neuronpedia', 1, 0]);
    assert.deepEqual([third!.token_auc, third!.shuffled_auc], [null, null]);
  });

  test('quoted are texts between quotation marks, not apostrophes', () => {
    assert.deepEqual(quotedWords("the model's \"a b\" and “c”, 'd', `e`, items' ends"), [
      'a b',
      'c',
      'd',
      'e',
    ]);
    assert.deepEqual(quotedWords('a "\\n"'), ['\n']);
    const predict = quotedRule('"red things"', described)!;
    const at = [...Array(described.n).keys()].filter((i) => predict(i) === 1);
    assert.deepEqual(new Set(at.map((i) => described.texts[i])), new Set([' things']));
    assert.equal(quotedRule('"absent"', described), null);
  });
});

test('the most attributed features of each SAE, those of the graph, and others at random', () => {
  const spec = (id: string) => ({ id, dSae: 50 }) as Parameters<typeof chooseFeatures>[0][number];
  const summary = [3, 1, 2].map((rank) => ({ sae_id: 'tc_1', feature: 10 * rank, rank }));
  const nodes = ['tc_1_7', 'tc_1_7', 'tc_11_8', null, 'tc_1_10'].map((feature_id) => ({
    feature_id,
  }));
  const options = { features: 2, seed: 1 };
  const saes = [spec('res_0'), spec('tc_1'), spec('tc_11'), spec('tc_1')];
  const found = chooseFeatures(saes, { summary, nodes }, options);
  assert.deepEqual(
    found.map(({ sae, features, explained }) => [sae.id, features.slice(0, explained)]),
    [
      ['tc_1', [10, 20, 7]],
      ['tc_11', [8]],
    ],
  );
  for (const { features, explained } of found) {
    assert.ok(features.length > explained + 5);
    assert.equal(new Set(features).size, features.length);
  }
});

suite('the model as a judge', () => {
  const row = (feature_id: string, label: string): ExplanationRow => ({
    feature_id,
    sae_id: 'res_1',
    feature: 4,
    sae_family: 'res',
    method: 'rule',
    rule: 'token',
    label,
    detection_auc: 1,
    token_auc: 1,
    output_score: 1,
    shuffled_auc: 0.5,
    n_held_out: 3,
  });

  test('an answer that knows the word has an AUC of 1, one that does not has 0.5', async () => {
    const features = [
      { row: row('res_1_4', 'on " red"'), acts: onRed },
      { row: row('res_1_5', 'on "nothing"'), acts: onRed },
      { row: { ...row('res_1_6', 'none'), rule: null }, acts: onRed },
      { row: row('res_1_7', 'never'), acts: never },
    ];
    const ask = async (prompts: readonly string[]) =>
      prompts.map((prompt) => {
        const [about = '', text = ''] = prompt.split('Text: ');
        return about.includes(' red') && text.includes(' red') ? 1 : 0;
      });
    const found = await judgeRows(ask, features, material);
    assert.deepEqual(found.map(({ feature_id }) => feature_id).sort(), ['res_1_4', 'res_1_5']);
    const [red, other] = found.toSorted((a, b) => (a.feature_id < b.feature_id ? -1 : 1));
    assert.deepEqual([red!.method, red!.detection_auc, red!.shuffled_auc], ['judge', 1, 0.5]);
    assert.deepEqual([other!.detection_auc, other!.shuffled_auc], [0.5, 1]);
    const none = async () => assert.fail('nobody to ask about');
    assert.deepEqual(await judgeRows(none, features.slice(2), material), []);
    const [alone] = await judgeRows(ask, features.slice(0, 1), material);
    assert.deepEqual([alone!.detection_auc, alone!.shuffled_auc], [1, null]);
    assert.ok(red!.n_held_out <= 12 && red!.token_auc === null && red!.rule === null);
  });

  test('a model that has one token for both answers is refused', async (t) => {
    const run = outlinedRun(t);
    const form = await run.planning!.form();
    const model = run.planning!.outline();
    const same = { ...form, tokenizer: { ...form.tokenizer, encode: () => [5, 6] } };
    assert.throws(
      () => askModel(cpuReader(model), same),
      /^Error: judge: yes and no begin with the token 5: remove/,
    );
    const long = {
      ...form,
      tokenizer: {
        ...form.tokenizer,
        encode: (text: string) =>
          text === 'Yes' ? [1] : text === 'No' ? [2] : Array<number>(300).fill(3),
      },
    };
    await assert.rejects(
      askModel(cpuReader(model), long)([question('a', 'b')]),
      /a prompt of 300 tokens, at most 256/,
    );
  });
});

test('the summary has shares and means of scored labels alone', () => {
  const of = (sae_id: string, token_auc: number | null, shuffled_auc: number | null) => ({
    feature_id: `${sae_id}_1`,
    sae_id,
    feature: 1,
    sae_family: 'res' as const,
    method: 'rule' as const,
    rule: 'token' as const,
    label: '',
    detection_auc: null,
    token_auc,
    output_score: null,
    shuffled_auc,
    n_held_out: 1,
  });
  const settings = { seed: 1, bootstrap: { resamples: 200, confidence: 0.9 } };
  const [summary, ...none] = summaryRows(
    [of('res_0', 0.9, 0.5), of('res_0', 0.4, 0.6), of('res_1', 0.8, 0.7), of('res_2', null, 0.5)],
    settings,
  );
  assert.equal(none.length, 0);
  assert.deepEqual(
    [summary!.n_features, summary!.n_scored, summary!.share_above, summary!.output_score],
    [4, 3, 2 / 3, null],
  );
  assert.ok(Math.abs(summary!.auc! - 0.7) < 1e-12 && Math.abs(summary!.shuffled! - 0.6) < 1e-12);
  assert.deepEqual(summaryRows([], settings), []);
});
