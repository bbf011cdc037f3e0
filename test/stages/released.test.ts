import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Resource } from '../../pipeline/engine/resource.ts';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { releasedResource, tokenizerFolder } from '../../pipeline/resources/released.ts';
import { readWriteUp, writeUpFiles } from '../../pipeline/resources/write-up.ts';
import { ablationEffects } from '../../pipeline/schema/ablation-effects.ts';
import { completions } from '../../pipeline/schema/completions.ts';
import { items } from '../../pipeline/schema/items.ts';
import { ablationCounts } from '../../pipeline/schema/released/ablation-counts.ts';
import type { Row, Table } from '../../pipeline/schema/table.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { zip } from '../../pipeline/sources/formats/write-npz.ts';
import { ABLATION_FILES, RELEASED_FILES } from '../../pipeline/sources/released/files.ts';
import { readLists, readTexts, readTuples } from '../../pipeline/sources/released/read.ts';
import { stagesOf } from '../../pipeline/stages/all.ts';
import { type List, rowsOf } from '../../pipeline/stages/generate/list-rows.ts';
import { authorCounts, foldedMean } from '../../pipeline/stages/released/author-counts.ts';
import { listFromIds } from '../../pipeline/stages/released/list-from-ids.ts';
import { releasedAblationsStage } from '../../pipeline/stages/released-ablations.ts';
import { loadStudy } from '../../pipeline/study/load-study.ts';
import { gemma2 } from '../../pipeline/subjects/gemma2.ts';
import { longs, pickle, tensor, text, tuple } from '../sources/formats/torch-file.ts';
import { tempDir } from '../temp.ts';

const STUDIES = join(import.meta.dirname, '../../data/studies');
const tokenizer = loadTokenizer(tokenizerFolder());
const form = tokenForm(tokenizer, gemma2.chat, FORMS['hyphens-blank']);

const asked = (topic: string) =>
  `<bos><start_of_turn>user\nProvide me with a short list of ${topic}. Just provide the names, no need for any other information.<end_of_turn>\n<start_of_turn>model\n`;
const encode = (answer: string, topic = 'Sports') => tokenizer.encode(asked(topic) + answer);
const KEY = { topic: 'Sports', template: 'short', temperature: 0.8, replicate: 0 } as const;
const ended = '<end_of_turn><eos>';

/** Items as they are found by token, and as the author counts them. */
function countBoth(answer: string) {
  const { itemTexts: names, completion } = listFromIds(KEY, encode(answer), form);
  const { hyphens, lines, distinctLines } = authorCounts(encode(answer), tokenizer);
  return { names, ended: completion.ended, hyphens, lines, distinctLines };
}

test('a hyphen inside a name is one more item to the author, and part of the name by token', () => {
  assert.deepEqual(countBoth(`- Golf\n- Ping-Pong\n${ended}`), {
    names: ['Golf', 'Ping-Pong'],
    ended: true,
    hyphens: 3,
    lines: 2,
    distinctLines: 2,
  });
});

test('a last line that the limit cut is an item to the author, and none by token', () => {
  assert.deepEqual(countBoth('- Golf\n- Rug'), {
    names: ['Golf'],
    ended: false,
    hyphens: 2,
    lines: 2,
    distinctLines: 2,
  });
});

test('a trailing blank makes another name to the author, and the same by token', () => {
  const answer = `- Golf\n- Golf \n${ended}`;
  const { hyphens, distinctLines, names } = countBoth(answer);
  assert.deepEqual([hyphens, distinctLines, names], [2, 2, ['Golf', 'Golf']]);
  assert.equal(authorCounts(encode(answer), tokenizer).shannon, Math.log(2));
});

test('the author’s spans run from hyphen to hyphen, and the last to the end of the turn', () => {
  const { spans } = authorCounts(encode(`- Golf\n- Tennis \n${ended}`), tokenizer);
  assert.deepEqual(spans, [
    { tokens: 3, hasBlank: false },
    { tokens: 4, hasBlank: true },
  ]);
  // The only end of a turn is the user's, before the list.
  assert.deepEqual(authorCounts(encode('- Golf\n- Rug'), tokenizer).spans.at(-1), {
    tokens: 0,
    hasBlank: false,
  });
});

test('a list ends with the token that ends its turn, whatever was written after it', () => {
  const list = listFromIds(KEY, encode(`- Golf\n<end_of_turn>\n- Tennis`), form);
  assert.deepEqual([list.itemTexts, list.completion.ended], [['Golf'], true]);
  assert.throws(() => listFromIds(KEY, encode('Golf'), form), /a list of Sports has no hyphen/);
});

test('the folded mean is that of the differences and their variance, one more value', () => {
  assert.equal(foldedMean(10, 2, 5), 2);
  assert.equal(foldedMean(0, 0, 5), 0);
});

/** What the stage makes of two lists, the second of which goes on under ablation, for one SAE after another. */
async function ablate(t: TestContext, texts: readonly string[]) {
  const lists = [`- Golf\n- Tennis \n${ended}`, `- Chess\n- Ping-Pong \n${ended}`].map(
    (answer, replicate): List => listFromIds({ ...KEY, replicate }, encode(answer), form),
  );
  const dir = tempDir(t);
  const samples = Object.fromEntries(texts.map((text, i) => [i, asked('Sports') + text]));
  for (const { file } of ABLATION_FILES)
    writeFileSync(join(dir, file), JSON.stringify({ Sports: samples }));
  const tables = rowsOf(lists);
  const written = new Map<Table, readonly Row<Table>[]>();
  const rowsOfTable: ReadonlyMap<Table, readonly unknown[]> = new Map<Table, readonly unknown[]>([
    [completions, tables.completions],
    [items, tables.items],
  ]);
  await releasedAblationsStage.run({
    settings: loadStudy(STUDIES, 'original'),
    resources: {
      form,
      released: { path: (file) => join(dir, file), writeUp: () => assert.fail() },
    },
    read: async <T extends Table>(table: T) => rowsOfTable.get(table) as Row<T>[],
    readParts: async () => assert.fail('not asked for'),
    keepMany: async () => assert.fail('not asked for'),
    divide: async () => assert.fail('not asked for'),
    spool: () => assert.fail('not asked for'),
    write: (table, rows) => void written.set(table, rows),
    keep: <T>(_: string, work: () => Promise<T>) => work(),
    progress: () => {},
  });
  return {
    counts: written.get(ablationCounts) as Row<typeof ablationCounts>[],
    effects: written.get(ablationEffects) as Row<typeof ablationEffects>[],
  };
}

test('differences are counted both ways, and folded as the author’s tables are', async (t) => {
  const { counts, effects } = await ablate(t, [
    `- Golf\n- Tennis \n${ended}`,
    `- Chess\n- Ping-Pong \n- Chess\n- Rug`,
  ]);
  assert.deepEqual(
    counts.map(({ sae_id }) => sae_id),
    ABLATION_FILES.map(({ saeId }) => saeId),
  );
  const [first] = counts;
  assert.deepEqual(
    {
      n: first!.n,
      kept: first!.n_kept_prefix,
      capped: first!.n_capped,
      shorter: first!.n_shorter,
      same: first!.n_same,
      looped: first!.n_looped,
    },
    { n: 2, kept: 2, capped: 1, shorter: 0, same: 1, looped: 1 },
  );
  // By hyphens 0 and 2, the cut line among them; by token 0 and 1.
  assert.deepEqual(
    [first!.hyphens_sum, first!.hyphens_variance, first!.hyphens_folded, first!.items_mean],
    [2, 2, 4 / 3, 0.5],
  );
  const effect = effects.find(
    ({ sae_id, topic, metric }) => sae_id === 'att_2' && topic === null && metric === 'n_items',
  );
  assert.deepEqual(
    [effect!.mean, effect!.n, effect!.protocol, effect!.k],
    [0.5, 2, 'continue', 10],
  );
});

test('a hyphen written after a kept hyphen is not taken for another token', async (t) => {
  const { counts } = await ablate(t, [
    `- Golf\n-- Tennis \n- Rugby\n${ended}`,
    `- Chess\n- Go\n${ended}`,
  ]);
  assert.deepEqual([counts[0]!.n_kept_prefix, counts[0]!.items_mean], [2, 0.5]);
});

test('a text that begins otherwise than its baseline is counted, and said to', async (t) => {
  const { counts } = await ablate(t, [`- Rugby\n${ended}`, `- Chess\n- Go\n${ended}`]);
  assert.equal(counts[0]!.n_kept_prefix, 1);
  assert.equal(counts[0]!.n_shorter, 2);
});

test('a file that is not as released is refused in one line', async (t) => {
  const path = join(tempDir(t), 'x.json');
  writeFileSync(path, '{"Sports": {"0"');
  assert.throws(() => readTexts(path), { message: /x\.json: not JSON: fetch the file again/ });
  writeFileSync(path, '{"Sports": {"0": 5}}');
  assert.throws(() => readTexts(path), {
    message: /x\.json: not as released, it holds \[ 5 \]: fetch/,
  });
  for (const texts of ['["a", "b"]', '[]', '[["a"]]']) {
    writeFileSync(path, `{"Sports": {"0": ${texts}}}`);
    assert.throws(() => readTexts(path), { message: /not as released, it holds \[ \[/ }, texts);
  }
  await assert.rejects(readLists(path, null), { message: /not a zip archive, or truncated/ });
  await assert.rejects(
    readTuples(path, { file: '', metric: 'logit_difference', saes: null, mappedSaes: [] }),
    { message: /not a zip archive, or truncated/ },
  );
});

/** A file of PyTorch's with one value for a topic. */
function released(t: TestContext, topic: Buffer, value: Buffer): string {
  const path = join(tempDir(t), 'x.pt');
  const content = pickle('}(', topic, value, 'u', '.');
  writeFileSync(
    path,
    zip([
      { name: 'x/data.pkl', bytes: content },
      { name: 'x/data/0', bytes: longs(2, 7, 1, 5) },
    ]),
  );
  return path;
}

const SAES = { file: '', metric: 'logit_difference', saes: ['res_0'], mappedSaes: [] } as const;
const samples = (...tuples: readonly Buffer[]) =>
  Buffer.concat([Buffer.from('}(K\0](]('), ...tuples, Buffer.from('eeu')]);

test('lists are of one row, tuples of one position and feature for each SAE, topics are texts', async (t) => {
  const listOf = (rows: number, tokens: number) =>
    Buffer.concat([
      Buffer.from(']('),
      tensor(4, 0, tuple(rows, tokens), tuple(tokens, 1)),
      Buffer.from('e'),
    ]);
  const lists = await readLists(released(t, text('Trees'), listOf(1, 4)), null);
  assert.deepEqual(lists.get('Trees'), [[2, 7, 1, 5]]);
  await assert.rejects(readLists(released(t, text('Trees'), listOf(2, 2)), null), {
    message: /not as released, it holds "a tensor of shape \[2,2\]": fetch/,
  });
  const latin = Buffer.concat([Buffer.of(0x58, 1, 0, 0, 0), Buffer.of(0xe9)]);
  await assert.rejects(readLists(released(t, latin, listOf(1, 4)), null), {
    message: /x\.pt: a text that is not UTF-8: fetch/,
  });
  const read = (topic: Buffer, value: Buffer, saes: readonly string[] = SAES.saes) =>
    readTuples(released(t, topic, value), { ...SAES, saes });
  const good = samples(tuple(3, 5));
  assert.deepEqual((await read(text('Trees'), good)).get('Trees'), [
    [{ saeId: 'res_0', pos: 3, feature: 5 }],
  ]);
  await assert.rejects(read(Buffer.from('K\x07'), good), { message: /it holds 7: fetch/ });
  await assert.rejects(read(text('Trees'), good, ['res_0', 'res_5']), {
    message: /it holds "1 lists of tuples, not 2": fetch/,
  });
  const negative = Buffer.concat([Buffer.from('(J'), Buffer.alloc(4, 0xff), Buffer.from('K\x05t')]);
  await assert.rejects(read(text('Trees'), samples(negative)), { message: /it holds \[ -1, 5 \]/ });
});

test('a number of the write-up is a number, and each of its lines has every cell, once', (t) => {
  const published = join(STUDIES, '../published');
  const file = 'ablation-by-sae.csv';
  assert.ok(readWriteUp(published).bySae.length > 1);
  const FAULTS: Record<string, [RegExp | string, string, RegExp]> = {
    'an empty cell': [/^(att_2),[^,]*/m, '$1,', /:4: shannon_mean: expected a number: mend/],
    'a number of another base': [/^(att_2),[^,]*/m, '$1,0x10', /:4: shannon_mean: expected a num/],
    'a comma for a point': [/^(att_2,\d+)\./m, '$1,', /:4: 6 cells, and 5 names: mend/],
    'a line twice': [/^(att_2,.*\n)/m, '$1$1', /:5: a line twice: mend/],
    'no line': [/\n[\s\S]*/, '', /csv: no row: mend/],
  };
  for (const [what, [from, to, message]] of Object.entries(FAULTS)) {
    const dir = tempDir(t);
    for (const path of writeUpFiles(published)) cpSync(path, join(dir, basename(path)));
    const before = readFileSync(join(dir, file), 'utf8');
    writeFileSync(join(dir, file), before.replace(from, to));
    assert.throws(() => readWriteUp(dir), { message }, what);
  }
});

test('released data that are not there: what is missing, and how to get it', (t) => {
  const dir = tempDir(t);
  const at = 'https://example.org/repository';
  assert.throws(() => releasedResource(undefined, at, dir), {
    message: `no released data: clone ${at}, then name its folder with --from`,
  });
  assert.throws(() => releasedResource(join(dir, 'nowhere'), at, dir), {
    message: /^no such folder: /,
  });
  assert.throws(() => releasedResource(dir, at, dir), {
    message: `missing released file: ${RELEASED_FILES[0]} in ${dir}: clone ${at} again`,
  });
});

test('a study of released data runs the stages that need neither a model nor SAEs', () => {
  const study = loadStudy(STUDIES, 'original');
  const resource: Resource<never> = { content: '', readers: [], open: () => assert.fail() };
  const given = { tokenizer: resource, form: resource, released: resource, tables: resource };
  const stages = stagesOf(study, given);
  assert.deepEqual(
    stages.map(({ name }) => name),
    [
      'released-lists',
      '2-explore',
      'released-audit',
      'released-attributions',
      'released-ablations',
      'released-claims',
      'verdict-power',
      'coverage',
      'dictionary',
    ],
  );
});
