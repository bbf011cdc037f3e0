import { join } from 'node:path';
import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import { entropyOfLogits, total } from '../../pipeline/graph/functions.ts';
import { reshape, transpose } from '../../pipeline/graph/layout.ts';
import { mul, reduceSum } from '../../pipeline/graph/ops.ts';
import { float32, int64, type Tensor } from '../../pipeline/graph/tensor.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { MASKED } from '../../pipeline/models/attention-bias.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { type Feeds, openSession, type Provider } from '../../pipeline/runtime/session.ts';
import type { Npz } from '../../pipeline/sources/formats/npz.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { type Golden, numbers, weightsOf } from '../golden.ts';

/** Arrays with one entry a layer, by the hook that gives them. */
const BY_LAYER: Readonly<Record<string, string>> = {
  resid_post: 'hook_resid_post',
  z: 'attn.hook_z',
  attn_in_normed: 'ln1.output',
  q_proj: 'attn.hook_q',
  k_proj: 'attn.hook_k',
  v_proj: 'attn.hook_v',
  q_rot: 'attn.hook_rot_q',
  k_rot: 'attn.hook_rot_k',
  attn_probs: 'attn.hook_pattern',
  resid_mid: 'hook_resid_mid',
  mlp_in_normed: 'ln2.output',
  mlp_gate: 'mlp.hook_pre',
  mlp_hidden: 'mlp.hook_post',
};

/** Stored [B, T, heads, d_head] by the graph, [B, heads, T, d_head] in the references. */
const BY_HEAD = new Set(['q_rot', 'k_rot', 'q_normed', 'k_normed']);

/** What the references of some families leave out, with the hook that gives it where they have it. */
const BY_FAMILY: Readonly<Record<string, string>> = {
  q_normed: 'attn.q_norm.output',
  k_normed: 'attn.k_norm.output',
  attn_out_normed: 'hook_attn_out',
  mlp_out_normed: 'hook_mlp_out',
};

/** The arrays of a file with one entry a layer, by hook. Without norms after sublayers, what these give is added as it is. */
const hooksOf = (npz: Npz): [name: string, hook: string][] => [
  ...Object.entries(BY_LAYER),
  ...Object.entries(BY_FAMILY).filter(([name]) => npz.has(name)),
  ['attn_out', npz.has('attn_out_normed') ? 'attn.output' : 'hook_attn_out'],
  ['mlp_out', npz.has('mlp_out_normed') ? 'mlp.output' : 'hook_mlp_out'],
];

export interface GoldenInput {
  /** The npz file whose inputs are run. */
  readonly npz: Npz;
  readonly model: Model;
  readonly provider?: Provider;
  /** Whether gradients are wanted, which take most of the time. */
  readonly withGradients?: boolean;
}

/**
 * Everything that the references hold, from one graph and one run: each array under its reference's name,
 * [layer, batch, …] where it has one entry a layer.
 */
export async function runGolden(input: GoldenInput) {
  const { npz, model, provider = 'cpu' } = input;
  const graph = new Graph();
  const layered = declareOutputs(graph, input);
  const session = await openSession(graph, { provider });
  const found = await session.run(goldenFeeds(npz, model));
  await session.release();
  const arrays = new Map<string, Tensor>();
  for (const name of layered)
    arrays.set(
      name,
      stack(Array.from({ length: model.dims.nLayers }, (_, layer) => found[`${name}.${layer}`]!)),
    );
  for (const [name, tensor] of Object.entries(found))
    if (!/\.\d+$/.test(name)) arrays.set(name, tensor);
  return arrays;
}

/**
 * [batch, step, d_vocab]: what the model predicts at each step of the greedy continuation, read from one run
 * over prompt and continuation.
 */
export async function stepLogits({ npz, model, provider = 'cpu' }: GoldenInput): Promise<Tensor> {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  graph.output('logits', model.unembed(weights, resid).logits);
  const session = await openSession(graph, { provider });
  const [rows, steps] = npz.get('greedy_ids').dims as [number, number];
  const { logits } = await session.run(inputFeeds(continued(npz)));
  await session.release();
  const { dVocab } = model.dims;
  const length = logits!.dims[1]!;
  const last = numbers(logits!.data).filter(
    (_, i) => Math.floor(i / dVocab) % length >= length - steps,
  );
  return float32(last, [rows, steps, dVocab]);
}

export const goldenModel = (golden: Golden, file: string): Model =>
  loadModel(join(golden.dir, weightsOf(golden, file)));

/** The inputs of models/forward.ts, and the weights that take the metric from the logits. */
export function goldenFeeds(npz: Npz, { dims }: Model): Feeds {
  const [rows, length] = npz.get('position_ids').dims as [number, number];
  const [a, b] = numbers(npz.get('metric_ids').data) as [number, number];
  const at = numbers(npz.get('metric_pos').data);
  const metric = new Float32Array(rows * length * dims.dVocab);
  const pair = new Float32Array(dims.dVocab);
  pair[a] = 1;
  pair[b] = -1;
  at.forEach((pos, row) => {
    metric.set(pair, (row * length + pos) * dims.dVocab);
  });
  return {
    ...inputFeeds(npz),
    chosen: float32(metric, [rows, length, dims.dVocab]),
    pair: float32(pair, [dims.dVocab]),
  };
}

function inputFeeds(npz: Npz): Feeds {
  const positions = npz.get('position_ids');
  const mask = numbers(npz.get('attention_mask').data);
  const visible = numbers(positions.data).map((pos, i) => (mask[i] === 1 ? pos : MASKED));
  return { ids: npz.get('input_ids'), positions, key_positions: int64(visible, positions.dims) };
}

/** The prompts followed by their greedy continuations, without the last token: nothing is read after it. */
function continued(npz: Npz): Npz {
  const greedy = npz.get('greedy_ids');
  const [rows, steps] = greedy.dims as [number, number];
  const length = npz.get('input_ids').dims[1]!;
  const extend = (name: string, next: (row: number, step: number, last: number) => number) => {
    const data = numbers(npz.get(name).data);
    const longer = Array.from({ length: rows }, (_, row) => {
      const given = data.slice(row * length, (row + 1) * length);
      return [
        ...given,
        ...Array.from({ length: steps - 1 }, (_, i) => next(row, i, given.at(-1)!)),
      ];
    });
    return int64(longer.flat(), [rows, length + steps - 1]);
  };
  const ids = numbers(greedy.data);
  const inputs: Readonly<Record<string, Tensor>> = {
    input_ids: extend('input_ids', (row, step) => ids[row * steps + step]!),
    attention_mask: extend('attention_mask', () => 1),
    position_ids: extend('position_ids', (_, step, last) => last + 1 + step),
  };
  return { ...npz, get: (name) => inputs[name] ?? npz.get(name) };
}

/** Declare every output. @returns the names of those with one entry a layer */
function declareOutputs(graph: Graph, { npz, model, withGradients = true }: GoldenInput): string[] {
  const { nLayers, dVocab } = model.dims;
  const { weights, embed, resid } = forward(model, graph);
  const layered = new Set<string>();
  const each = (name: string, of: (layer: number) => Value) => {
    layered.add(name);
    for (let layer = 0; layer < nLayers; layer++) graph.output(`${name}.${layer}`, of(layer));
  };
  const hook = (layer: number, name: string) => graph.find(`blocks.${layer}.${name}`);
  for (const [name, at] of hooksOf(npz))
    each(name, (layer) =>
      BY_HEAD.has(name) ? transpose(hook(layer, at), [0, 2, 1, 3]) : hook(layer, at),
    );

  const { logits, uncapped, finalNorm } = model.unembed(weights, resid);
  graph.output('final_norm', finalNorm);
  graph.output('embed_scaled', embed);
  graph.output('logits', logits);
  graph.output('logits_uncapped', uncapped);
  graph.output('entropy', reshape(entropyOfLogits(logits), ['B', 'T']));

  const pair = graph.input('pair', 'float32', [dVocab]);
  const difference = (x: Value) => reshape(reduceSum(mul(x, pair), [-1]), ['B', 'T']);
  const lens = Array.from({ length: nLayers }, (_, layer) =>
    model.unembed(weights, hook(layer, 'hook_resid_post')),
  );
  each('lens_diff_capped', (layer) => difference(lens[layer]!.logits));
  each('lens_diff_uncapped', (layer) => difference(lens[layer]!.uncapped));

  const chosen = graph.input('chosen', 'float32', ['B', 'T', dVocab]);
  const layers = Array.from({ length: nLayers }, (_, layer) => layer);
  const residuals = layers.map((layer) => hook(layer, 'hook_resid_post'));
  const zs = layers.map((layer) => hook(layer, 'attn.hook_z'));
  for (const [suffix, from] of [
    ['', logits],
    ['_uncapped', uncapped],
  ] as const) {
    const metric = reduceSum(mul(from, chosen), [1, 2]);
    graph.output(`metric${suffix}`, reshape(metric, ['B']));
    if (!withGradients) continue;
    const gradients = vjp(reshape(total(metric), [1]), [embed, ...residuals, ...zs]);
    graph.output(`grad_embed${suffix}`, gradients[0]!);
    each(`grad_resid_post${suffix}`, (layer) => gradients[1 + layer]!);
    each(`grad_z${suffix}`, (layer) => gradients[1 + nLayers + layer]!);
  }
  return [...layered];
}

function stack(layers: readonly Tensor[]): Tensor {
  const size = layers[0]!.data.length;
  const data = new Float32Array(layers.length * size);
  layers.forEach((layer, i) => {
    data.set(layer.data as Float32Array, i * size);
  });
  return float32(data, [layers.length, ...layers[0]!.dims]);
}

/** Largest difference, NaN counting as infinite. */
export const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((worst, x, i) => {
    const d = Math.abs(x - b[i]!);
    return Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(worst, d);
  }, 0);

/** The same, of real tokens alone: what a padded query gives has no meaning. */
export function realDistance(actual: Tensor, expected: Tensor, npz: Npz): number {
  const real = isReal(expected.dims, npz.get('attention_mask'));
  return numbers(expected.data).reduce((worst, x, i) => {
    const error = real(i) ? Math.abs(Number(actual.data[i]) - x) : 0;
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
}

/** Whether an element is of a real token: batch and position are axes 0 and 1, 1 and 2, or 1 and 3. */
function isReal(dims: readonly number[], mask: Tensor): (i: number) => boolean {
  const [rows, length] = mask.dims as [number, number];
  const batch = dims[0] === rows && dims[1] === length ? 0 : 1;
  const position = dims[batch + 1] === length ? batch + 1 : batch + 2;
  if (dims.length <= position) return () => true;
  const stride = (axis: number) => dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const at = (i: number, axis: number) => Math.floor(i / stride(axis)) % dims[axis]!;
  return (i) => Number(mask.data[at(i, batch) * length + at(i, position)]) === 1;
}
