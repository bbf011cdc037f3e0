import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseFeatures } from '../../../pipeline/stages/explanations/chosen.ts';

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
