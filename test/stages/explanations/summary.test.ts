import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryRows } from '../../../pipeline/stages/explanations/summary.ts';

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
