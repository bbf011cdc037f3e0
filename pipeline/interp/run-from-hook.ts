import type { Graph, Value } from '../graph/builder.ts';
import { type Forward, forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { type Addition, additionEdit, additionFeeds, hookWidth } from '../runtime/intervention.ts';
import { KvCache, newNames } from '../runtime/kv-cache.ts';
import { openSession } from '../runtime/session.ts';
import { cacheInputs, outputKeysAndValues } from '../runtime/step-graph.ts';
import { inputName, inputsOf, readHookValues, valueFeeds } from './hook-values.ts';
import type { Reader, Sequence, SinglePass } from './reader.ts';
import { firstAttentionAfter } from './residual-before.ts';
import {
  type AddedSequence,
  groupReadings,
  type Part,
  partOf,
  partsOf,
} from './shared-readings.ts';

export type { AddedSequence };

/** `feeds` and `rows` may refer to the last token of each sequence: a batch need not have the others. */
export interface PassFromHook<S extends Sequence, Row>
  extends Pick<SinglePass<S, Row>, 'feeds' | 'rows' | 'onProgress'> {
  /** At which all additions are made. */
  readonly hook: string;
  /** A graph that runs `forwardFrom` the hook; its other inputs are fed by `feeds`. */
  readonly graph: Graph;
}

/**
 * Run every sequence with its additions.
 *
 * 1. Layers up to the hook, which the additions do not change, run once for each different sequence.
 * 2. The others run once without additions for each sequence that is read several times: before its first addition, the keys
 *    and values of its tokens are the same with them.
 * 3. From its first addition on, every sequence runs by itself.
 *
 * @returns in the order of the sequences
 */
export async function readRowsFrom<S extends AddedSequence, Row>(
  reader: Reader,
  sequences: readonly S[],
  { hook, graph, feeds, rows, onProgress }: PassFromHook<S, Row>,
): Promise<Row[]> {
  const { dims } = reader.model;
  const valuesOf = await readHookValues(reader, hook, sequences);
  const width = hookWidth(graph, hook);
  const feedsOf = (part: Part<S>, cache: KvCache, additions: readonly (readonly Addition[])[]) => ({
    ...part.batch.feeds,
    ...cache.feeds,
    ...feeds?.(part),
    ...valueFeeds(part.sequences.map(valuesOf), part.batch, part.starts),
    ...additionFeeds(additions, part.batch, width),
  });
  const from = firstAttentionAfter(hook);
  const cached = newNames(dims, from);
  const outputNames = [...graph.outputs.keys()].filter((name) => !cached.includes(name));
  const results = new Array<Row>(sequences.length);
  let done = 0;
  await using session = await openSession(graph, reader);
  for (const group of groupReadings(sequences, reader.batchSize)) {
    const { repeated } = group;
    const cache = new KvCache(dims, Math.max(1, repeated.length), from);
    if (repeated.length > 0) {
      const clean = partOf(
        sequences,
        repeated.map(([first]) => first!),
      );
      const outputs = await session.run(feedsOf(clean, cache, []));
      cache.append(outputs, clean.batch.feeds.key_positions.data, clean.batch.length);
    }
    const rowOf = new Map(repeated.flatMap((same, row) => same.map((i) => [i, row] as const)));
    for (const part of partsOf(sequences, group, reader.batchSize)) {
      const tokens = KvCache.of(
        part.indices.map((i, row) => cache.row(rowOf.get(i) ?? 0, part.starts[row])),
      );
      const additions = part.sequences.map((sequence) => sequence.additions);
      const outputs = await session.run(feedsOf(part, tokens, additions), outputNames);
      for (const [i, row] of rows(outputs, part).entries()) results[part.indices[i]!] = row;
      done += part.indices.length;
      onProgress?.(done);
    }
  }
  return results;
}

/**
 * Run a model from a hook on, with additions at it: layers below the hook do not run.
 *
 * Inputs: tokens; additions; `at NAME` [B, T, d] for the hook, and for the residual stream that its sublayer adds to; keys
 * and values of earlier tokens, in the layers whose attention the hook reaches.
 *
 * Outputs: the keys and values of the tokens in these layers.
 */
export function forwardFrom(model: Model, graph: Graph, hook: string): Forward {
  const inputs = inputsOf(hook);
  const edited = additionEdit(hook);
  const edit = (name: string, value: Value): Value =>
    inputs.includes(name)
      ? edited(name, graph.input(inputName(name), 'float32', value.shape))
      : value;
  const from = firstAttentionAfter(hook);
  const out = forward(model, graph, { edit, cache: cacheInputs(graph, model.dims, from) });
  outputKeysAndValues(graph, out, from);
  return out;
}
