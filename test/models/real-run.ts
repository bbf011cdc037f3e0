import { Graph } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { mul, reduceSum } from '../../pipeline/graph/ops.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { type Batch, padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { numbers, type RealGolden } from '../golden.ts';

/** What one run over all prompts of a reference gave, in one left-padded batch. */
export interface RealRun {
  readonly batch: Batch;
  readonly layers: readonly number[];
  /** By name: `logits`, and `resid.LAYER` and `grad.LAYER`, [prompt, pos, …]. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/**
 * Run a model forward and backward: its logits, and at some layers the residual stream and its gradient of the metric,
 * the difference of two logits at each prompt's last position.
 */
export async function runReal(
  model: Model,
  { manifest }: RealGolden,
  prompts: readonly (readonly number[])[],
): Promise<RealRun> {
  const { layers, metric } = manifest.inputs;
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  const { logits } = model.unembed(weights, resid);
  const pair = graph.input('pair', 'float32', [model.dims.dVocab]);
  const last = graph.input('last', 'float32', ['B', 'T', 1]);
  const difference = reduceSum(mul(logits, pair), [-1]);
  const residuals = layers.map((layer) => graph.find(`blocks.${layer}.hook_resid_post`));
  const gradients = vjp(total(mul(difference, last)), residuals);
  graph.output('logits', logits);
  layers.forEach((layer, i) => {
    graph.output(`resid.${layer}`, residuals[i]!);
    graph.output(`grad.${layer}`, gradients[i]!);
  });
  const batch = padLeft(prompts);
  const session = await openSession(graph, { provider: 'cpu' });
  const outputs = await session.run({
    ...batch.feeds,
    pair: signs(model.dims.dVocab, metric.END[0], metric.NEWLINE[0]),
    last: lastPositions(batch),
  });
  await session.release();
  return { batch, layers, outputs };
}

/** [dVocab]: 1 at one token, −1 at the other. */
function signs(dVocab: number, plus: number, minus: number): Tensor {
  const pair = new Float32Array(dVocab);
  pair[plus] = 1;
  pair[minus] = -1;
  return float32(pair, [dVocab]);
}

/** [prompt, pos, 1] */
function lastPositions(batch: Batch): Tensor {
  const last = new Float32Array(batch.rows * batch.length);
  for (let row = 0; row < batch.rows; row++) last[batch.lastIndex(row)] = 1;
  return float32(last, [batch.rows, batch.length, 1]);
}

/** A prompt's part of an output: one vector a position, without padding. */
function vectorsOf({ batch, outputs }: RealRun, name: string, row: number): Float32Array[] {
  const { data, dims } = outputs[name]!;
  const width = dims.at(-1)!;
  const values = batch.unpadded(data as Float32Array, row, { width });
  return Array.from({ length: values.length / width }, (_, pos) =>
    values.subarray(pos * width, (pos + 1) * width),
  );
}

/** [dVocab] for each position of a prompt, in nats. */
export const logProbsOf = (run: RealRun, row: number): Float64Array[] =>
  vectorsOf(run, 'logits', row).map((logits) => {
    const max = logits.reduce((a, b) => Math.max(a, b));
    const sum = logits.reduce((acc, x) => acc + Math.exp(x - max), 0);
    return Float64Array.from(logits, (x) => x - max - Math.log(sum));
  });

type Compute = (run: RealRun, row: number, reference: (name: string) => Tensor) => Tensor;

/** [layer, pos, …] of a prompt: a few numbers of each vector of an output. */
const byLayer =
  (output: 'resid' | 'grad', of: (vector: Float32Array) => readonly number[]): Compute =>
  (run, row) => {
    const found = run.layers.map((layer) => vectorsOf(run, `${output}.${layer}`, row).map(of));
    const width = found[0]![0]!.length;
    const dims = [found.length, found[0]!.length];
    return float32(found.flat(2), width === 1 ? dims : [...dims, width]);
  };

const sum = (values: Float32Array, of: (x: number) => number): number =>
  values.reduce((acc, x) => acc + of(x), 0);
const squares = (values: Float32Array): number => sum(values, (x) => x * x);
const first8 = (values: Float32Array): number[] => [...values.subarray(0, 8)];

/** How each array of a prompt follows from a run, by the array's name without the prompt's. */
export const ARRAYS: Readonly<Record<string, Compute>> = {
  logits_last: (run, row, reference) => {
    const logits = vectorsOf(run, 'logits', row).at(-1)!;
    const chosen = numbers(reference('chosen_ids').data);
    return float32(
      chosen.map((id) => logits[id]!),
      [chosen.length],
    );
  },
  top20_logprob: (run, row, reference) => {
    const { data, dims } = reference(`p${row}_top20_ids`);
    const [ids, listed] = [numbers(data), dims[1]!];
    const found = logProbsOf(run, row).flatMap((logProbs, pos) =>
      ids.slice(pos * listed, (pos + 1) * listed).map((id) => logProbs[id]!),
    );
    return float32(found, dims);
  },
  metric: (run, row, reference) => {
    const [end, newline] = numbers(reference('chosen_ids').data) as [number, number];
    const logits = vectorsOf(run, 'logits', row).at(-1)!;
    return float32([logits[end]! - logits[newline]!], []);
  },
  resid_post_mean: byLayer('resid', (x) => [sum(x, (value) => value) / x.length]),
  resid_post_rms: byLayer('resid', (x) => [Math.sqrt(squares(x) / x.length)]),
  resid_post_first8: byLayer('resid', first8),
  grad_norm: byLayer('grad', (x) => [Math.sqrt(squares(x))]),
  grad_first8: byLayer('grad', first8),
};
