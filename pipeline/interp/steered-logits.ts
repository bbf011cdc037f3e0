import { Graph } from '../graph/builder.ts';
import { type GraphUse, limitBatch } from '../graph/graph-use.ts';
import { reshape } from '../graph/layout.ts';
import { gather } from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { floats } from '../runtime/outputs.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { unchangedGraph } from './hook-values.ts';
import type { Reader, SequencesExtent } from './reader.ts';
import { type AddedSequence, forwardFrom, readRowsFrom } from './run-from-hook.ts';

export interface SteeredOptions {
  /** At which all additions are made. */
  readonly hook: string;
  /** Token ids, at least one, whose logits are returned. */
  readonly ids: readonly number[];
}

/**
 * The softcapped logits of some tokens after the last token of every sequence, with its additions.
 * @returns [reading][ids]
 */
export const steeredLogits = (
  reader: Reader,
  readings: readonly AddedSequence[],
  { hook, ids }: SteeredOptions,
): Promise<Float32Array[]> =>
  readRowsFrom(reader, readings, {
    hook,
    graph: steeredLogitsGraph(reader.model, hook),
    feeds: ({ sequences, batch }) => ({
      last: int64(
        sequences.map((_, row) => batch.lastIndex(row)),
        [batch.rows],
      ),
      tokens: int64(ids, [ids.length]),
    }),
    rows: (outputs, { sequences }) =>
      sequences.map((_, row) =>
        floats(outputs, 'logits').slice(row * ids.length, (row + 1) * ids.length),
      ),
  });

/** Output `logits` [B, I]: of the tokens `tokens` int64 [I] at the flattened positions `last` int64 [B], with additions at a hook. */
export function steeredLogitsGraph(model: Model, hook: string): Graph {
  const graph = new Graph();
  const { weights, resid } = forwardFrom(model, graph, hook);
  const last = graph.input('last', 'int64', ['B']);
  const ids = graph.input('tokens', 'int64', ['I']);
  const rows = gather(reshape(resid, [product(['B', 'T']), model.dims.dModel]), last);
  graph.output('logits', model.unembed(weights, rows, { ids }).logits);
  return graph;
}

/** The graphs of `steeredLogits`, with one addition a sequence at an SAE's output hook. @param ids number of tokens */
export const steeredLogitsUses = (
  model: Model,
  { id, outputHook }: SaeSpec,
  { tokens, sequences, ids }: SequencesExtent & { readonly ids: number },
): GraphUse[] =>
  [unchangedGraph, steeredLogitsGraph].map((graph, i) =>
    limitBatch(sequences, {
      name: i === 0 ? `${id} values` : `${id} steered logits`,
      graph: () => graph(model, outputHook),
      sizes: (B) => ({ B, T: tokens, S: tokens, E: B, I: ids }),
    }),
  );
