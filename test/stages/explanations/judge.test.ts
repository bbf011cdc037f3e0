import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ExplanationRow } from '../../../pipeline/schema/explanations.ts';
import { askModel, judgeRows, question } from '../../../pipeline/stages/explanations/judge.ts';
import { outlinedRun } from '../../outlined-run.ts';
import { cpuReader } from '../../reader.ts';
import { material, never, onRed } from './material.ts';

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
