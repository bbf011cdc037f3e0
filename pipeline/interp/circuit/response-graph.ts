import { Graph, type Value } from '../../graph/builder.ts';
import { total } from '../../graph/functions.ts';
import { concat, reshape, transpose } from '../../graph/layout.ts';
import { gather, matmul, mul, reduceSum } from '../../graph/ops.ts';
import { float32, int64 } from '../../graph/tensor.ts';
import { vjp } from '../../graph/vjp.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import type { Feeds } from '../../runtime/session.ts';
import type { SaeParams } from '../../sae/sae.ts';
import type { ActiveLayer } from './active-layer.ts';
import { linearView, type Transcoders } from './linear-view.ts';
import { finalHook } from './sequence-values.ts';

/** A linear function of the value of one hook at one position. */
export interface Reading {
  readonly pos: number;
  /** [d_model] */
  readonly vector: Float32Array;
}

const weightsName = (layer: number): string => `W_dec of ${layer}`;
const idsName = (layer: number): string => `features of ${layer}`;
const actsName = (layer: number): string => `acts of ${layer}`;
const otherName = (layer: number): string => `others of ${layer}`;

/** Symbolic axis of a layer's active features at one position. */
export const activeAxis = (layer: number): string => `K${layer}`;

/** Output with the terms of a layer's MLP, [T, B, others + K]: those of its error, its bias (`OTHERS`), its features. */
export const termsOfLayer = (layer: number): string => `terms of ${layer}`;
/** Output with the terms of the embedded tokens, [B, T]. */
export const TERMS_OF_EMBEDDING = 'terms of the embedding';

/** Columns before the features': the layer's error, and the decoder's bias, 0 where there is no transcoder. */
export const OTHERS = 2;

/**
 * The terms that readings of one hook consist of in the linear view: what each active feature of the layers below, each error,
 * each decoder's bias and each embedded token contributes to a reading, through every path that passes no other MLP. One
 * backward pass for a batch of readings.
 *
 * Inputs: tokens, whose values do not matter; the linear view's; `vector` [B, d_model] and `at` [B, T, 1], 1 at the position
 * that is read, else 0; `embed` [1, T, d_model]; for each layer below those of `layerFeeds`.
 *
 * @param target the layer whose transcoder's input is read; the number of layers for the residual stream after the last
 */
export function responseGraph(model: Model, transcoders: Transcoders, target: number): Graph {
  const { nLayers, dModel } = model.dims;
  const graph = new Graph();
  const { edit, outputs } = linearView(graph, transcoders);
  const { embed } = forward(model, graph, { edit });
  const vector = graph.input('vector', 'float32', ['B', dModel]);
  const at = graph.input('at', 'float32', ['B', 'T', 1]);
  const hook = target === nLayers ? finalHook(nLayers) : transcoders[target]!.hook;
  const read = mul(graph.find(hook), mul(reshape(vector, ['B', 1, dModel]), at));
  const layers = Array.from({ length: target }, (_, layer) => layer);
  const sources = [embed, ...layers.map((layer) => outputs.get(layer)!)];
  const [ofEmbedding, ...ofLayers] = vjp(reshape(total(read), [1]), sources);
  const embedded = graph.input('embed', 'float32', [1, 'T', dModel]);
  const terms = reduceSum(mul(ofEmbedding!, embedded), [2]);
  graph.output(TERMS_OF_EMBEDDING, reshape(terms, ['B', 'T']));
  for (const layer of layers) {
    const gradient = transpose(ofLayers[layer]!, [1, 0, 2]); // [T, B, d_model]
    const parts = transpose(partsOfLayer(graph, transcoders, layer, dModel), [0, 2, 1]);
    graph.output(termsOfLayer(layer), matmul(gradient, parts));
  }
  return graph;
}

/** [T, others + K, d_model]: the vectors that a layer's MLP adds at each position. */
function partsOfLayer(
  graph: Graph,
  transcoders: Transcoders,
  layer: number,
  dModel: number,
): Value {
  const others = graph.input(otherName(layer), 'float32', ['T', OTHERS, dModel]);
  const coder = transcoders[layer];
  if (!coder) return others;
  const K = activeAxis(layer);
  const weights = graph.input(weightsName(layer), 'float32', [coder.dSae, coder.dOut]);
  const ids = graph.input(idsName(layer), 'int64', ['T', K]);
  const acts = graph.input(actsName(layer), 'float32', ['T', K, 1]);
  return concat([others, mul(gather(weights, ids), acts)], 1);
}

/**
 * A layer's features and other terms, as inputs of the response graphs of the layers above.
 * @param params of the layer's transcoder; null where it has none
 */
export function layerFeeds(
  { layer, features, acts, starts, error }: ActiveLayer,
  params: SaeParams | null,
  uncounted: number,
): Feeds {
  const T = starts.length - 1;
  const dModel = error.length / T;
  const others = errorAndBias(error, params?.b_dec.data, { T, uncounted });
  const fed = { [otherName(layer)]: float32(others, [T, OTHERS, dModel]) };
  if (!params) return fed;
  const width = Math.max(1, ...Array.from({ length: T }, (_, t) => starts[t + 1]! - starts[t]!));
  const ids = new BigInt64Array(T * width);
  const values = new Float32Array(T * width);
  for (let t = 0; t < T; t++)
    for (let i = starts[t]!; i < starts[t + 1]!; i++) {
      ids[t * width + i - starts[t]!] = BigInt(features[i]!);
      values[t * width + i - starts[t]!] = acts[i]!;
    }
  return {
    ...fed,
    [weightsName(layer)]: params.W_dec,
    [idsName(layer)]: int64(ids, [T, width]),
    [actsName(layer)]: float32(values, [T, width, 1]),
  };
}

/** [T, OTHERS, d_model]; the bias is that of the counted positions, as it is part of the error at others. */
function errorAndBias(
  error: Float32Array,
  bias: Float32Array | undefined,
  { T, uncounted }: { readonly T: number; readonly uncounted: number },
): Float32Array {
  const dModel = error.length / T;
  const others = new Float32Array(OTHERS * error.length);
  for (let t = 0; t < T; t++) {
    others.set(error.subarray(t * dModel, (t + 1) * dModel), OTHERS * t * dModel);
    if (bias && t >= uncounted) others.set(bias, (OTHERS * t + 1) * dModel);
  }
  return others;
}

/** Readings as inputs of a response graph, and tokens in their number. */
export function readingFeeds(readings: readonly Reading[], T: number): Feeds {
  const B = readings.length;
  const dModel = readings[0]!.vector.length;
  const vector = new Float32Array(B * dModel);
  const at = new Float32Array(B * T);
  readings.forEach((reading, row) => {
    vector.set(reading.vector, row * dModel);
    at[row * T + reading.pos] = 1;
  });
  const tokens = int64(new BigInt64Array(B * T), [B, T]);
  return {
    ids: tokens,
    positions: tokens,
    key_positions: tokens,
    vector: float32(vector, [B, dModel]),
    at: float32(at, [B, T, 1]),
  };
}
