import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { add } from '../../pipeline/graph/ops.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { featureLogits } from '../../pipeline/interp/feature-logits.ts';
import { lastLogitDiff } from '../../pipeline/interp/last-logit-diff.ts';
import { steeredLogits } from '../../pipeline/interp/steered-logits.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { outputScores } from '../../pipeline/stages/explanations/output-scores.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { openGolden } from '../golden.ts';
import { goldenSae } from '../golden-sae.ts';
import { cpuReader } from '../reader.ts';

const golden = openGolden('config_A');
const model = loadModel(join(golden.dir, 'model'));
const reader = cpuReader(model);
const SEQUENCES = [{ ids: [2, 5, 9, 7] }, { ids: [2, 11, 3] }, { ids: [2, 8, 6, 4, 10] }];

/** All logits after the last token, by the whole model, with a vector added there at a hook. */
async function wholeLogits(ids: readonly number[], hook: string, delta: Float32Array) {
  const graph = new Graph();
  const input = graph.input('delta', 'float32', ['B', 'T', delta.length]);
  const { weights, resid } = forward(model, graph, {
    edit: (at, value) => (at === hook ? add(value, input) : value),
  });
  graph.output('logits', model.unembed(weights, resid).logits);
  await using session = await openSession(graph, { provider: 'cpu' });
  const { feeds } = padLeft([ids]);
  const block = new Float32Array(ids.length * delta.length);
  block.set(delta, (ids.length - 1) * delta.length);
  const shaped = float32(block, [1, ids.length, delta.length]);
  const all = floats(await session.run({ ...feeds, delta: shaped }), 'logits');
  return all.slice((ids.length - 1) * model.dims.dVocab);
}

for (const file of ['sae_resid_L2_nopad.npz', 'sae_z_L1_nopad.npz'])
  test(`logits with a feature added are those of the whole model: ${file}`, async () => {
    const sae = await goldenSae(golden, file);
    const delta = Float32Array.from(sae.params.W_dec.data.slice(0, sae.dOut), (x) => 3 * x);
    const ids = [0, 7, model.dims.dVocab - 1];
    const found = await steeredLogits(
      reader,
      SEQUENCES.map(({ ids: tokens }, i) => ({
        ids: tokens,
        additions: i === 1 ? [] : [{ pos: tokens.length - 1, delta }],
      })),
      { hook: sae.outputHook, ids },
    );
    for (const [i, { ids: tokens }] of SEQUENCES.entries()) {
      const added = i === 1 ? new Float32Array(sae.dOut) : delta;
      const expected = await wholeLogits(tokens, sae.outputHook, added);
      ids.forEach((id, at) => {
        assert.ok(Math.abs(found[i]![at]! - expected[id]!) < 1e-4, `${i} ${id}`);
      });
    }
  });

test('an output score compares the change of the tokens that a feature promotes', async () => {
  const sae = await goldenSae(golden, 'sae_resid_L2_nopad.npz');
  const logits = await featureLogits(reader, sae, { features: [3, 0, 1, 2], top: 3 });
  const sequences = SEQUENCES.slice(0, 2);
  const [score, none] = await outputScores(reader, sae, { logits, values: [4, null], sequences });
  assert.equal(none, null);
  const delta = sae.params.W_dec.data.slice(3 * sae.dOut, 4 * sae.dOut).map((x) => 4 * x);
  const zero = new Float32Array(sae.dOut);
  const changes = new Float64Array(model.dims.dVocab);
  for (const { ids } of sequences) {
    const after = await wholeLogits(ids, sae.outputHook, delta);
    const before = await wholeLogits(ids, sae.outputHook, zero);
    changes.forEach((sum, token) => {
      changes[token] = sum + after[token]! - before[token]!;
    });
  }
  const own = logits[0]!.promoted.map(({ tokenId }) => tokenId);
  const others = new Set(logits.flatMap(({ promoted }) => promoted.map(({ tokenId }) => tokenId)));
  for (const token of own) others.delete(token);
  const pairs = own.flatMap((a) => [...others].map((b) => (changes[a]! > changes[b]! ? 1 : 0)));
  const expected = pairs.reduce((sum: number, x) => sum + x, 0) / pairs.length;
  assert.ok(Math.abs(score! - expected) < 1e-9, `${score} ${expected}`);
});

test('without sequences, or a value to add, there is no output score', async () => {
  const sae = await goldenSae(golden, 'sae_resid_L2_nopad.npz');
  const logits = await featureLogits(reader, sae, { features: [3, 0], top: 3 });
  const scores = (values: readonly (number | null)[], sequences = SEQUENCES) =>
    outputScores(reader, sae, { logits, values, sequences });
  assert.deepEqual(await scores([1], []), [null]);
  assert.deepEqual(await scores([null]), [null]);
});

test('the last logit difference is that of the whole model', async () => {
  const found = await lastLogitDiff(reader, SEQUENCES, [7, 3]);
  for (const [i, { ids }] of SEQUENCES.entries()) {
    const zero = new Float32Array(model.dims.dModel);
    const logits = await wholeLogits(ids, 'blocks.0.hook_resid_post', zero);
    assert.ok(Math.abs(found[i]! - (logits[7]! - logits[3]!)) < 1e-4);
  }
});
