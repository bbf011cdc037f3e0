import { Graph, type Value } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { concat, gather, reshape, split, sub } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import type { Logits, UnembedOptions } from '../models/architecture.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import type { Fetches } from '../runtime/session.ts';
import {
  type Reader,
  readRows,
  type Sequence,
  type SequenceBatch,
  type SequencesExtent,
} from './reader.ts';

/** A sequence, and the positions where the difference of two tokens' logits is read. */
export interface LensReading extends Sequence {
  readonly positions: readonly number[];
}

export interface LensOptions {
  /** The difference is of the first token's logit less the second's. */
  readonly pair: readonly [number, number];
  readonly onProgress?: (done: number) => void;
}

/** The logit lens of one sequence; each array is [point, position], point 0 the embedding, then each layer. */
export interface LensRow {
  readonly positions: number;
  readonly points: number;
  /** Final norm applied, softcapped: at the last layer, the model's own difference. */
  readonly capped: Float32Array;
  /** Final norm applied, before the softcap. */
  readonly uncapped: Float32Array;
  /** The unembedding alone. */
  readonly raw: Float32Array;
  /**
   * What each part wrote into the residual stream adds to the last layer's `uncapped`, read through the final
   * norm as it is there: [component, position], the embedding, then attention and MLP of each layer. They sum to
   * it. Source: nostalgebraist (2020), "interpreting GPT: the logit lens"; Elhage et al. (2021) for the sum.
   */
  readonly contributions: Float32Array;
}

/** Read sequences once and look at every layer's residual stream through the unembedding. */
export const logitLens = (
  reader: Reader,
  readings: readonly LensReading[],
  { pair, onProgress }: LensOptions,
): Promise<LensRow[]> =>
  readRows(reader, readings, {
    graph: lensGraph(reader.model),
    onProgress,
    feeds: ({ sequences, batch }) => {
      const rows = batch.indices(sequences.map(({ positions }) => positions));
      return { rows: int64(rows, [rows.length]), pair: int64(pair, [2]) };
    },
    rows: (outputs, batch) => lensRows(outputs, batch, reader.model.dims.nLayers + 1),
  });

/** Rows of the residual stream at N places, seen by each layer; only two columns of the unembedding are used. */
export function lensGraph(model: Model): Graph {
  const graph = new Graph();
  const { weights } = forward(model, graph);
  const rows = graph.input('rows', 'int64', ['N']);
  const pair = graph.input('pair', 'int64', [2]);
  const atPlaces = (name: string): Value =>
    gather(reshape(graph.find(name), [product(['B', 'T']), model.dims.dModel]), rows);
  const output = (name: string, seen: readonly Logits[], logits: keyof Logits) =>
    graph.output(
      name, // [points, N], or [components, N]
      concat(
        seen.map((view) => difference(view[logits])),
        0,
      ),
    );
  const unembed = (parts: readonly Value[], options: UnembedOptions = {}) =>
    parts.map((part) => model.unembed(weights, part, { ids: pair, ...options }));

  const blocks = Array.from({ length: model.dims.nLayers }, (_, layer) => `blocks.${layer}`);
  const stream = ['hook_embed', ...blocks.map((block) => `${block}.hook_resid_post`)].map(atPlaces);
  const seen = unembed(stream);
  const raw = unembed(stream, { normOf: 'none' });
  output('capped', seen, 'logits');
  output('uncapped', seen, 'uncapped');
  output('raw', raw, 'uncapped');
  const written = blocks.flatMap((block) => [`${block}.hook_attn_out`, `${block}.hook_mlp_out`]);
  const parts = unembed([stream[0]!, ...written.map(atPlaces)], { normOf: stream.at(-1)! });
  output('contributions', parts, 'uncapped');
  return graph;
}

/** [1, N]: the first token's logit less the second's. */
function difference(logits: Value): Value {
  const [a, b] = split(logits, [1, 1], -1);
  return reshape(sub(a, b), [1, 'N']);
}

/** @param positions the most that are read of a sequence, all of a batch taken together */
export const lensUse = (
  model: Model,
  { tokens, sequences, positions }: SequencesExtent & { readonly positions: number },
): GraphUse =>
  limitBatch(sequences, {
    name: 'logit lens',
    graph: () => lensGraph(model),
    sizes: (B) => ({ B, T: tokens, N: Math.ceil(B * positions) }),
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

/** Some columns of a matrix of so many, row-major. */
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
