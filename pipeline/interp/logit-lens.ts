import { Graph, type Value } from '../graph/builder.ts';
import { concat, gather, reshape, split, sub } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64, type Tensor } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { padLeft } from '../runtime/batch.ts';
import { openSession, type Provider, type Session } from '../runtime/session.ts';

/** A place of a sequence where the difference of two tokens' logits is read. */
export interface LensReading {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
}

export interface LensOptions {
  readonly provider: Provider;
  /** The difference is of the first token's logit less the second's. */
  readonly pair: readonly [number, number];
  readonly batchSize: number;
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
export async function logitLens(
  model: Model,
  readings: readonly LensReading[],
  { provider, pair, batchSize, onProgress }: LensOptions,
): Promise<LensRow[]> {
  const session = await openSession(lensGraph(model), { provider });
  const rows: LensRow[] = [];
  try {
    for (let start = 0; start < readings.length; start += batchSize) {
      rows.push(
        ...(await readBatch(session, readings.slice(start, start + batchSize), pair, model)),
      );
      onProgress?.(rows.length);
    }
  } finally {
    await session.release();
  }
  return rows;
}

/** Rows of the residual stream at N places, seen by each layer; only two columns of the unembedding are used. */
export function lensGraph(model: Model): Graph {
  const { nLayers, dModel } = model.dims;
  const graph = new Graph();
  const { weights } = forward(model, graph);
  const rows = graph.input('rows', 'int64', ['N']);
  const pair = graph.input('pair', 'int64', [2]);
  const at = (name: string): Value =>
    gather(reshape(graph.find(name), [product(['B', 'T']), dModel]), rows);
  const difference = (logits: Value): Value => {
    const [a, b] = split(logits, [1, 1], -1) as [Value, Value];
    return reshape(sub(a, b), [1, 'N']);
  };
  const blocks = Array.from({ length: nLayers }, (_, layer) => `blocks.${layer}`);
  const stream = ['hook_embed', ...blocks.map((block) => `${block}.hook_resid_post`)].map(at);
  const seen = stream.map((resid) => model.unembed(weights, resid, { ids: pair }));
  const raw = stream.map((resid) => model.unembed(weights, resid, { ids: pair, normOf: 'none' }));
  const output = (name: string, logits: readonly Value[]) =>
    graph.output(name, concat(logits.map(difference), 0));
  output(
    'capped',
    seen.map(({ logits }) => logits),
  );
  output(
    'uncapped',
    seen.map(({ uncapped }) => uncapped),
  );
  output(
    'raw',
    raw.map(({ uncapped }) => uncapped),
  );

  const written = [
    stream[0]!,
    ...blocks.flatMap((block) => [at(`${block}.hook_attn_out`), at(`${block}.hook_mlp_out`)]),
  ];
  const normOf = stream.at(-1)!;
  const parts = written.map((part) => model.unembed(weights, part, { ids: pair, normOf }));
  output(
    'contributions',
    parts.map(({ uncapped }) => uncapped),
  );
  return graph;
}

async function readBatch(
  session: Session,
  batch: readonly LensReading[],
  pair: readonly [number, number],
  { dims }: Model,
): Promise<LensRow[]> {
  const { feeds, length, pads } = padLeft(batch.map(({ ids }) => ids));
  const rows = batch.flatMap(({ positions }, row) =>
    positions.map((pos) => row * length + pads[row]! + pos),
  );
  const found = await session.run({
    ...feeds,
    rows: int64(rows, [rows.length]),
    pair: int64(pair, [2]),
  });
  let start = 0;
  return batch.map(({ positions }) => {
    const [from, end] = [start, start + positions.length];
    start = end;
    const cut = (name: string) => columns(found[name]!, from, end);
    return {
      positions: positions.length,
      points: dims.nLayers + 1,
      capped: cut('capped'),
      uncapped: cut('uncapped'),
      raw: cut('raw'),
      contributions: cut('contributions'),
    };
  });
}

/** Columns [start, end) of a matrix, row-major. */
function columns({ dims, data }: Tensor, start: number, end: number): Float32Array {
  const [rows, width] = dims as [number, number];
  const out = new Float32Array(rows * (end - start));
  for (let row = 0; row < rows; row++)
    out.set(
      (data as Float32Array).subarray(row * width + start, row * width + end),
      row * (end - start),
    );
  return out;
}
