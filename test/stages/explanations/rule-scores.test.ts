import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruledFeatures, ruleRows } from '../../../pipeline/stages/explanations/score-sae.ts';
import { described, material, never, onRed, onThird, promoted, sae, token } from './material.ts';

test('rows have the scores of the rule, beside those of other features’ rules', () => {
  const features = ruledFeatures([4, 6, 7, 8], [onRed, never, onThird, onThird], material);
  const logits = features.map(({ feature }) => ({ feature, promoted, suppressed: [] }));
  const found = ruleRows(
    { sae, features: [4, 6, 7, 8], explained: 2 },
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
