import { Graph, type Value } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { concat, reshape, split } from '../graph/layout.ts';
import { gather, gatherElements, sub } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import type { Logits, UnembedOptions } from '../models/architecture.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import type { Fetches } from '../runtime/session.ts';
import type { TokenPair } from './patching/logit-diff-at.ts';
import {
  forEachRow,
  type Reader,
  readRows,
  type Sequence,
  type SequenceBatch,
  type SequencesExtent,
  type SinglePass,
} from './reader.ts';

/** A sequence, and the positions at which the logit difference is read. */
export interface LensReading extends Sequence {
  readonly positions: readonly number[];
  /** [position]: token ids. The logit difference is the first token's logit minus the second's. */
  readonly pairs: readonly TokenPair[];
}

export interface LensOptions {
  readonly onProgress?: (done: number) => void;
}

/**
 * Logit differences of one sequence by the logit lens. Arrays are [point, position]; the points are the embedding and
 * the output of each layer.
 */
export interface LensRow {
  /** Number of positions. */
  readonly positions: number;
  /** Number of points: layers + 1. */
  readonly points: number;
  /** With final norm and softcap: at the last point, the model's own logit difference. */
  readonly capped: Float32Array;
  /** With the final norm, before the softcap. */
  readonly uncapped: Float32Array;
  /** With neither: the unembedding only. */
  readonly raw: Float32Array;
  /**
   * [component, position]: direct logit attribution. The contribution of the embedding, and of each layer's attention
   * and MLP, to `uncapped` at the last point; each is divided by the RMS of the final residual stream. They sum to
   * `uncapped`. Source: nostalgebraist (2020), "interpreting GPT: the logit lens"; Elhage et al. (2021) for the sum.
   */
  readonly contributions: Float32Array;
}

/** Apply the logit lens to every layer's residual stream, in one forward pass per sequence. */
export const logitLens = (
  reader: Reader,
  readings: readonly LensReading[],
  options: LensOptions = {},
): Promise<LensRow[]> => readRows(reader, readings, passOf(reader, options));

/** The same, but the row of each sequence is handed over as its batch is done, in the order of the sequences. */
export const forEachLens = (
  reader: Reader,
  readings: readonly LensReading[],
  options: LensOptions,
  onRow: (row: LensRow, index: number) => void,
): Promise<void> => forEachRow(reader, readings, passOf(reader, options), onRow);

const passOf = (
  { model }: Reader,
  { onProgress }: LensOptions,
): SinglePass<LensReading, LensRow> => ({
  graph: lensGraph(model),
  onProgress,
  feeds: ({ sequences, batch }) => {
    const rows = batch.indices(sequences.map(({ positions }) => positions));
    const pairs = sequences.flatMap((sequence) => sequence.pairs).flat();
    // Where no position is read, any token stands for those of the pairs.
    const ids = pairs.length === 0 ? [0] : [...new Set(pairs)];
    const columns = pairs.map((id) => ids.indexOf(id));
    return {
      rows: int64(rows, [rows.length]),
      compared: int64(ids, [ids.length]),
      columns: int64(columns, [rows.length, 2]),
    };
  },
  rows: (outputs, batch) => lensRows(outputs, batch, model.dims.nLayers + 1),
});

/**
 * Outputs as in `LensRow`, [points, N] or [components, N], at N positions. Inputs: `rows` int64 [N], the positions in
 * the flattened batch; `compared` int64 [K], the tokens of all pairs; `columns` int64 [N, 2], each position's two among them.
 * Only these columns of the unembedding are used.
 */
export function lensGraph(model: Model): Graph {
  const graph = new Graph();
  const { weights } = forward(model, graph);
  const rows = graph.input('rows', 'int64', ['N']);
  const ids = graph.input('compared', 'int64', ['K']);
  const columns = graph.input('columns', 'int64', ['N', 2]);
  const hookRows = (name: string): Value =>
    gather(reshape(graph.find(name), [product(['B', 'T']), model.dims.dModel]), rows);
  const unembed = (residuals: readonly Value[], options: UnembedOptions = {}) =>
    residuals.map((resid) => model.unembed(weights, resid, { ids, ...options }));

  const blocks = Array.from({ length: model.dims.nLayers }, (_, layer) => `blocks.${layer}`);
  const embedding = hookRows('hook_embed');
  const stream = [embedding, ...blocks.map((block) => hookRows(`${block}.hook_resid_post`))];
  const normed = unembed(stream);
  const raw = unembed(stream, { normOf: 'none' });
  outputDifferences(columns, 'capped', normed, 'logits');
  outputDifferences(columns, 'uncapped', normed, 'uncapped');
  outputDifferences(columns, 'raw', raw, 'uncapped');
  const writers = blocks.flatMap((block) => [`${block}.hook_attn_out`, `${block}.hook_mlp_out`]);
  const components = [embedding, ...writers.map(hookRows)];
  const contributions = unembed(components, { normOf: stream.at(-1)! });
  outputDifferences(columns, 'contributions', contributions, 'uncapped');
  return graph;
}

/** Output [points, N], or [components, N]: the logit difference of each. */
function outputDifferences(
  columns: Value,
  name: string,
  unembedded: readonly Logits[],
  kind: keyof Logits,
): void {
  const differences = unembedded.map((logits) => difference(logits[kind], columns));
  columns.graph.output(name, concat(differences, 0));
}

/** [1, N]: the logit of each position's first token minus that of its second. */
function difference(logits: Value, columns: Value): Value {
  const [a, b] = split(gatherElements(logits, columns), [1, 1], -1);
  return reshape(sub(a, b), [1, 'N']);
}

/** Tokens that are compared: two, or of numbered lists the end and the first tokens of numbers. */
const MOST_TOKENS = 16;

/** @param positions largest mean number of positions per sequence of a batch */
export const lensUse = (
  model: Model,
  { tokens, sequences, positions }: SequencesExtent & { readonly positions: number },
): GraphUse =>
  limitBatch(sequences, {
    name: 'logit lens',
    graph: () => lensGraph(model),
    sizes: (B) => ({ B, T: tokens, N: Math.ceil(B * positions), K: MOST_TOKENS }),
  });

function lensRows(
  outputs: Fetches,
  { sequences }: SequenceBatch<LensReading>,
  points: number,
): LensRow[] {
  const n = sequences.reduce((sum, { positions }) => sum + positions.length, 0);
  let start = 0;
  return sequences.map(({ positions: { length } }) => {
    const cut = (name: string) => columns(floats(outputs, name), n, { start, length });
    const row = {
      positions: length,
      points,
      capped: cut('capped'),
      uncapped: cut('uncapped'),
      raw: cut('raw'),
      contributions: cut('contributions'),
    };
    start += length;
    return row;
  });
}

/** Columns [start, start + length) of a row-major matrix with `width` columns. */
function columns(
  matrix: Float32Array,
  width: number,
  { start, length }: { readonly start: number; readonly length: number },
): Float32Array {
  const rows = matrix.length / width;
  const out = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const from = row * width + start;
    out.set(matrix.subarray(from, from + length), row * length);
  }
  return out;
}
