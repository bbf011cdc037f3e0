import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, int64, type Tensor } from '../../pipeline/graph/tensor.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { Npz } from '../../pipeline/sources/formats/npz.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  assertClose,
  fullestRun,
  type Golden,
  goldenModels,
  inputsOf,
  loadGolden,
  modelFiles,
  numbers,
  tolerance,
  type Where,
} from '../golden.ts';
import { distance, goldenModel, runGolden, stepLogits } from './golden-run.ts';

/** What is run. */
const INPUTS = ['input_ids', 'attention_mask', 'position_ids', 'metric_pos', 'metric_ids'];

/** Left to test/runtime/generate.test.ts; a margin only explains a mismatch, and has no tolerance. */
const ELSEWHERE = ['greedy_ids', 'greedy_top2_margin'];

/** Arrays with an axis of heads between [batch] and [pos]. */
const BY_HEAD = ['q_rot', 'k_rot', 'q_normed', 'k_normed', 'attn_probs'];

for (const golden of goldenModels())
  for (const file of modelFiles(golden))
    suite(`a model against the reference: ${golden.name}, ${file}`, async () => {
      const npz = await loadGolden(golden, file);
      const inputs = await loadGolden(golden, inputsOf(golden, file));
      const model = goldenModel(golden, file);
      const found = runGolden({ npz: inputs, model });
      for (const name of arraysOf(golden, file, npz))
        test(name, async () => {
          const expected = npz.get(name);
          const tol = tolerance(golden, file, name);
          if (name === 'greedy_step_logits')
            return assertClose(await stepLogits({ npz: inputs, model }), expected, tol, name);
          const actual = (await found).get(name);
          assert.ok(actual, `nothing computes ${name}`);
          if (/^(grad_|metric)/.test(name)) assertClose(actual, expected, tol, name);
          else assertClose(actual, expected, tol, name, realTokens(name, expected, inputs));
          if (name.startsWith('grad_')) assertZeroWhereUnread(actual, name, inputs);
        });
    });

/** Every array that the manifest describes or the file holds, but for inputs: none is skipped in silence. */
function arraysOf({ manifest }: Golden, file: string, npz: Npz): string[] {
  const described = Object.keys(manifest.files[file]!).filter((name) => !name.endsWith('__f64'));
  const skipped = new Set([...INPUTS, ...ELSEWHERE]);
  return [...new Set([...described, ...npz.names])].filter((name) => !skipped.has(name));
}

/** What a padded query gives has no meaning, so only real tokens are compared. */
function realTokens(name: string, { dims }: Tensor, inputs: Npz): Where {
  const mask = inputs.get('attention_mask');
  if (!BY_HEAD.includes(name)) return { mask, from: axisOfBatch(dims, mask) };
  const [rows, length] = mask.dims as [number, number];
  const byRow = Array.from({ length: rows }, (_, row) =>
    numbers(mask.data).slice(row * length, (row + 1) * length),
  );
  const heads = dims[2]!;
  const repeated = byRow.flatMap((row) => Array.from({ length: heads }, () => row).flat());
  return { mask: int64(repeated, [rows, heads, length]), from: 1 };
}

/** Padding and what comes after the metric's position cannot move it: there a gradient is 0, not near it. */
function assertZeroWhereUnread(gradient: Tensor, name: string, inputs: Npz): void {
  const mask = inputs.get('attention_mask');
  const at = numbers(inputs.get('metric_pos').data);
  const length = mask.dims[1]!;
  const unread = numbers(mask.data).map((real, i) =>
    Number(real === 0 || i % length > at[Math.floor(i / length)]!),
  );
  if (!unread.includes(1)) return;
  const where = { mask: int64(unread, mask.dims), from: axisOfBatch(gradient.dims, mask) };
  const zeros = float32(new Float32Array(gradient.data.length), gradient.dims);
  assertClose(gradient, zeros, 0, `${name} where the metric does not read`, where);
}

/** 1 where an axis of layers comes first. */
const axisOfBatch = (dims: readonly number[], mask: Tensor): number =>
  mask.dims.every((d, axis) => dims[axis] === d) ? 0 : 1;

test('padding changes nothing: a sequence alone, and on the right of padding', async () => {
  for (const golden of goldenModels()) {
    const model = loadModel(join(golden.dir, 'model'));
    const graph = new Graph();
    const { weights, resid } = forward(model, graph);
    graph.output('logits', model.unembed(weights, resid).logits);
    const session = await openSession(graph, { provider: 'cpu' });
    const sequences = [12, 30, 5].map((length, row) =>
      Array.from({ length }, (_, i) =>
        i === 0 ? 2 : 3 + ((11 * row + 17 * i) % (model.dims.dVocab - 3)),
      ),
    );
    const batch = padLeft(sequences);
    const together = (await session.run(batch.feeds)).logits!;
    const { dVocab } = model.dims;
    const tol = tolerance(golden, fullestRun(golden), 'logits');
    for (const [row, sequence] of sequences.entries()) {
      const alone = (await session.run(padLeft([sequence]).feeds)).logits!;
      const start = (row * batch.length + batch.pads[row]!) * dVocab;
      const part = together.data.slice(start, start + sequence.length * dVocab);
      assert.ok(distance(numbers(part), numbers(alone.data)) <= tol, sequence.join());
    }
    await session.release();
  }
});
