import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { EffectRow } from '../../pipeline/schema/ablation-effects.ts';
import type { BaselineRow } from '../../pipeline/schema/baselines.ts';
import { adjustEffects } from '../../pipeline/stages/ablate/effects.ts';
import { effectRows } from '../../pipeline/stages/baselines/effects.ts';

suite('the tests of SAEs', () => {
  const effect = (sae_id: string | null, p: number | null, more: Partial<EffectRow> = {}) => ({
    sae_id,
    topic: null,
    protocol: 'from-prompt' as const,
    arm: 'ablated' as const,
    k: 5,
    metric: 'n_items' as const,
    mean: 1,
    variance: 1,
    ci_low: 0,
    ci_high: 2,
    arm_mean: 5,
    p,
    p_adjusted: null,
    n: 115,
    ...more,
  });

  test('are adjusted together by protocol, arm, k and metric, and those alone', () => {
    const rows = adjustEffects([
      effect('res_0', 0.01),
      effect('res_1', 0.5),
      effect('res_2', 0.02),
      effect('res_0', 0.03, { metric: 'forced_metric' }),
      effect('res_0', 0.03, { k: 1 }),
      effect('res_0', 0.03, { arm: 'random' }),
      effect('res_0', 0.03, { protocol: 'continue' }),
      effect('res_0', 0.03, { topic: 'Rivers' }),
      effect(null, 0.03),
      effect('res_3', null),
    ]);
    assert.deepEqual(
      rows.map(({ p_adjusted }) => p_adjusted),
      [0.03, 0.5, 0.04, 0.03, 0.03, 0.03, 0.03, null, null, null],
    );
  });
});

suite('the tests of steering vectors', () => {
  const TOPICS = Array.from({ length: 12 }, (_, i) => `topic ${i}`);
  const written = (
    condition: Pick<BaselineRow, 'method' | 'layer' | 'strength'>,
    added: (topic: number) => number,
  ) =>
    TOPICS.map((topic, i) => {
      const n_items = 4 + added(i);
      const items = Array.from({ length: n_items }, (_, item) => `item ${item}`);
      const row: BaselineRow = {
        sample_id: topic,
        ...condition,
        draw: null,
        n_items,
        n_tokens: 3 * n_items,
        n_repeats: 0,
        shannon_index: Math.log(n_items),
        ended: true,
        blank_before_end: true,
        text: items.join(),
        cross_entropy: 1 + n_items / 10,
        n_prompt_tokens: 2,
        token_ids: [1, 2],
      };
      return { topic, row, items };
    });
  const vector = (method: 'steering' | 'steering_item_end', layer: number, strength: number) => ({
    method,
    layer,
    strength,
  });
  const settings = { seed: 1, bootstrap: { resamples: 200, confidence: 0.95 } };
  const effects = effectRows(
    [
      ...written({ method: 'baseline', layer: null, strength: null }, () => 0),
      ...written(vector('steering', 0, 0.4), (i) => 3 + (i % 3)),
      ...written(vector('steering', 1, 0.4), (i) => (i * 5) % 3),
      ...written(vector('steering_item_end', 1, 0.4), (i) => (i % 2) * 2 - 1),
      ...written(vector('steering', 0, 0), () => 0),
      ...written({ method: 'swap_word', layer: null, strength: null }, (i) => 1 + (i % 2)),
    ],
    { resampled: [], crossEntropies: new Map() },
    settings,
  );
  const items = effects.filter(({ metric }) => metric === 'n_items');

  test('are adjusted over both methods, layers and strengths above 0', () => {
    const vectors = items.filter(({ strength }) => strength === 0.4);
    const least = Math.min(...vectors.map(({ p }) => p!));
    assert.equal(vectors.length, 3);
    assert.equal(vectors.find(({ p }) => p === least)!.p_adjusted, 3 * least);
    for (const { p, p_adjusted } of vectors) assert.ok(p_adjusted! >= p! && p_adjusted! <= 1);
  });

  test('of strength 0 and other methods stand by themselves', () => {
    for (const { p, p_adjusted } of items.filter(({ strength }) => !strength))
      assert.equal(p_adjusted, p);
    assert.equal(items.find(({ strength }) => strength === 0)!.p, 1);
  });

  test('have enough resamples to be significant together', () => {
    // 3 tests: 240 resamples in place of the study’s 200.
    assert.equal(items.find(({ layer, strength }) => layer === 0 && strength === 0.4)!.p, 2 / 241);
  });
});
