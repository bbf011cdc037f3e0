import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { mul } from '../../pipeline/graph/ops.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { encode, saeInputs } from '../../pipeline/sae/jump-relu.ts';
import { selectFeatures } from '../../pipeline/sae/select-features.ts';
import { numbers } from '../golden.ts';

const identity = {
  W_enc: float32([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], [4, 4]),
  b_enc: float32([0, 0, 0, 0], [4]),
  W_dec: float32(new Float32Array(16), [4, 4]),
  b_dec: float32([0, 0, 0, 0], [4]),
  threshold: float32([0, 0, 0, 0], [4]),
};

test('the k largest are kept at each position, of equal ones the first, and what is negative is 0', async () => {
  const graph = new Graph();
  const weights = saeInputs(graph, { dIn: 4, dSae: 4, dOut: 4, k: 2 });
  const x = graph.input('x', 'float32', ['B', 'T', 4]);
  const acts = encode(weights, x);
  assert.deepEqual(acts.shape, ['B', 'T', 4]);
  graph.output('acts', acts);
  const [gradient] = vjp(total(mul(acts, acts)), [x]);
  graph.output('gradient', gradient!);
  await using session = await openSession(graph, { provider: 'cpu' });
  const rows = [1, 4, 3, 2, 5, 5, 5, 5, -1, -2, -3, 6, -1, -2, -3, -4];
  const found = await session.run({ ...identity, x: float32(rows, [2, 2, 4]) });
  const expected = [0, 4, 3, 0, 5, 5, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0];
  assert.deepEqual(numbers(found.acts!.data), expected);
  assert.deepEqual(
    numbers(found.gradient!.data),
    expected.map((act) => 2 * act),
  );
});

test('features of TopK are not taken from among the others', () => {
  const [hook, sizes] = ['blocks.1.hook_resid_post', { dIn: 4, dSae: 4, dOut: 4 }];
  const spec = { id: 'res_1', family: 'res', layer: 1, hook, outputHook: hook, ...sizes } as const;
  assert.equal(selectFeatures({ ...spec, params: identity }, [2]).dSae, 1);
  assert.throws(() => selectFeatures({ ...spec, k: 2, params: identity }, [2]), {
    message:
      'SAE res_1 keeps the 2 largest of its features: take all of them, or an SAE with thresholds',
  });
});
