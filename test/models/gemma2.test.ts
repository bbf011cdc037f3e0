import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { gemma2 } from '../../pipeline/models/gemma2.ts';
import { loadModel, type Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { TensorData } from '../../pipeline/tensor.ts';
import {
  assertClose,
  goldenFiles,
  goldenModels,
  loadGolden,
  numbers,
  tolerance,
} from '../golden.ts';
import { distance, goldenModel, runGolden } from './golden-run.ts';

/** What is run, and what stands elsewhere: inputs, and the continuations of test/runtime/generate.test.ts. */
const NOT_OUTPUTS = /^(input_ids|attention_mask|position_ids|metric_pos|metric_ids|greedy_.*)$/;

/** Gradients are compared at every position: at padding and after the metric they are exactly 0. */
const EVERYWHERE = /^(grad_|metric)/;

for (const golden of goldenModels())
  for (const file of goldenFiles(golden).filter((name) => /^(forward|bf16weights)_/.test(name)))
    suite(`Gemma 2 against the reference: ${golden.name}, ${file}`, async () => {
      const npz = await loadGolden(golden, file);
      const inputs = await loadGolden(golden, file.replace('bf16weights', 'forward'));
      const mask = inputs.get('attention_mask');
      const found = runGolden({ npz: inputs, model: goldenModel(golden, file) });
      for (const name of npz.names.filter((name) => !NOT_OUTPUTS.test(name)))
        test(name, async () => {
          const actual = (await found).get(name);
          assert.ok(actual, `nothing computes ${name}`);
          const expected = npz.get(name);
          const tol = tolerance(golden, file, name);
          const layered = expected.dims.length > 2 && expected.dims[0] !== mask.dims[0];
          if (EVERYWHERE.test(name)) return assertClose(actual, expected, tol, name);
          if (/^(q_rot|k_rot|attn_probs)$/.test(name))
            return assertCloseByHead(actual, expected, tol, name, mask);
          assertClose(actual, expected, tol, name, { mask, from: layered ? 1 : 0 });
        });
    });

/** [layer, batch, head, pos, …]: compared one head at a time, where a position is no padding. */
function assertCloseByHead(
  actual: Parameters<typeof assertClose>[0],
  expected: Parameters<typeof assertClose>[1],
  tol: number,
  name: string,
  mask: Parameters<typeof assertClose>[0],
): void {
  assert.deepEqual(actual.dims, expected.dims, `${name}: shape`);
  const [, batch, heads, length, width] = expected.dims as [number, number, number, number, number];
  let compared = 0;
  numbers(expected.data).forEach((value, i) => {
    const pos = Math.floor(i / width) % length;
    const row = Math.floor(i / (width * length * heads)) % batch;
    if (Number(mask.data[row * length + pos]) !== 1) return;
    compared++;
    const error = Math.abs(Number(actual.data[i]) - value);
    assert.ok(error <= tol, `${name}: error ${error} > ${tol} at ${i}`);
  });
  assert.ok(compared > 0);
}

suite('mistakes that others made would not pass', () => {
  const golden =
    goldenModels().find(({ manifest }) => windowOf(manifest) < 20) ?? goldenModels()[0]!;
  const file = 'forward_padded.npz';
  const changed = (edit: (config: Record<string, unknown>) => Record<string, unknown>): Model => {
    const model = goldenModel(golden, file);
    const path = join(golden.dir, 'model/config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    return { ...model, ...gemma2({ ...config, ...edit(config) }, path) };
  };
  const errorOf = async (model: Model) => {
    const npz = await loadGolden(golden, file);
    const expected = npz.get('logits');
    const logits = (await runGolden({ npz, model })).get('logits')!;
    const mask = numbers(npz.get('attention_mask').data);
    const vocab = expected.dims.at(-1)!;
    const real = (data: TensorData) => numbers(data).filter((_, i) => mask[Math.floor(i / vocab)]);
    return distance(real(logits.data), real(expected.data));
  };
  const FAR = 0.05;

  test('the change-free model is near', async () => {
    assert.ok((await errorOf(changed(() => ({})))) < 0.01);
  });

  test('no softcap on attention scores', async () => {
    assert.ok((await errorOf(changed(() => ({ attn_logit_softcapping: 1e6 })))) > FAR);
  });

  test('scores scaled by d_head instead of query_pre_attn_scalar', async () => {
    const edit = (config: Record<string, unknown>) => ({ query_pre_attn_scalar: config.head_dim });
    assert.ok((await errorOf(changed(edit))) > FAR);
  });

  test('every layer global', async () => {
    assert.ok((await errorOf(changed(() => ({ sliding_window: 4096 })))) > FAR);
  });

  test('sliding and global layers swapped', async () => {
    const model = goldenModel(golden, file);
    const swapped: Model = {
      ...model,
      blocks: (weights, { bias, ...rest }) =>
        model.blocks(weights, { ...rest, bias: { global: bias.sliding, sliding: bias.global } }),
    };
    assert.ok((await errorOf(swapped)) > FAR);
  });
});

function windowOf(manifest: unknown): number {
  return (manifest as { model: { config: { sliding_window: number } } }).model.config
    .sliding_window;
}

test('padding changes nothing: a sequence alone, and on the right of padding', async () => {
  for (const golden of goldenModels()) {
    const model = loadModel(join(golden.dir, 'model'));
    const graph = new Graph();
    const { weights, resid } = forward(model, graph);
    graph.output('logits', model.unembed(weights, resid).logits);
    const session = await openSession(graph, { provider: 'cpu' });
    const sequences = [12, 30, 5].map((length, row) =>
      Array.from({ length }, (_, i) => (i === 0 ? 2 : 3 + ((11 * row + 17 * i) % 280))),
    );
    const batch = padLeft(sequences);
    const together = (await session.run(batch.feeds)).logits!;
    const { dVocab } = model.dims;
    for (const [row, sequence] of sequences.entries()) {
      const alone = (await session.run(padLeft([sequence]).feeds)).logits!;
      const start = (row * batch.length + batch.pads[row]!) * dVocab;
      const part = together.data.slice(start, start + sequence.length * dVocab);
      assert.ok(distance(numbers(part), numbers(alone.data)) < 1e-3, sequence.join());
    }
  }
});
