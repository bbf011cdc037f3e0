import { Graph } from '../../graph/builder.ts';
import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import { float32 } from '../../graph/tensor.ts';
import { vjp } from '../../graph/vjp.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { type Batch, padLeft } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import { type Fetches, openSession } from '../../runtime/session.ts';
import { type Reader, type Sequence, type SequencesExtent, sequenceBatches } from '../reader.ts';
import { bySequence, logitDiffAt, placeFeeds, type TokenPair } from './logit-diff-at.ts';

/** A base sequence and a source sequence of the same length, whose positions correspond. */
export interface SequencePair extends Sequence {
  readonly sourceIds: readonly number[];
  /** Positions at which the metric, a logit difference, is read, in ascending order. */
  readonly metricPositions: readonly number[];
}

/** What both sequences of a pair have at some hooks. */
export interface PairRow {
  /** [metric position]: of the base sequence. */
  readonly base: Float32Array;
  /** [metric position]: of the source sequence. */
  readonly source: Float32Array;
  /**
   * [hook][position]: attribution patching. To first order, how much the metric at the last metric position changes where
   * the base's value at that hook and position is replaced by the source's: `(source − base) · gradient`.
   */
  readonly estimates: readonly Float32Array[];
  /** [hook]: values [position, d] of both; empty where they are not kept. */
  readonly values: readonly HookValues[];
}

export interface HookValues {
  readonly base: Float32Array;
  readonly source: Float32Array;
}

export interface ReadPairsOptions {
  readonly hooks: readonly string[];
  readonly pair: TokenPair;
  /** Whether the values of the hooks are returned; their estimates always are. */
  readonly keepValues?: boolean;
}

/**
 * Run both sequences of every pair, with one backward pass of the base. Both are cut off after the last metric position,
 * which no later token affects.
 *
 * Source of attribution patching: Nanda (2023), "Attribution patching: activation patching at industrial scale".
 *
 * @throws where two sequences of a pair differ in length, or a pair has no metric position
 */
export async function readPairs(
  reader: Reader,
  pairs: readonly SequencePair[],
  { hooks, pair, keepValues = false }: ReadPairsOptions,
): Promise<PairRow[]> {
  const cut = pairs.map(cutAtMetric);
  const { dModel } = reader.model.dims;
  await using session = await openSession(hookGradientGraph(reader.model, hooks), reader);
  const rows: PairRow[] = [];
  const rowsThatFit = (longest: number) => rowsOfHooks(longest, hooks.length, dModel);
  for (const { batch, sequences } of sequenceBatches(reader, cut, { rowsThatFit })) {
    const positions = sequences.map(({ metricPositions }) => metricPositions);
    const feeds = { ...placeFeeds(positions, batch, pair), seed: seedAtLast(positions) };
    const base = await session.run({ ...batch.feeds, ...feeds });
    const sourceFeeds = padLeft(sequences.map(({ sourceIds }) => sourceIds)).feeds;
    const source = await session.run({ ...sourceFeeds, ...feeds }, ['metric', ...hooks]);
    const metrics = [base, source].map((run) => bySequence(floats(run, 'metric'), positions));
    sequences.forEach((_, row) => {
      const values = hooks.map((hook) => hookValues([base, source], batch, row, hook));
      rows.push({
        base: metrics[0]![row]!,
        source: metrics[1]![row]!,
        estimates: hooks.map((hook, i) =>
          estimatesOf(values[i]!, unpadded(base, batch, row, gradientName(hook)), dModel),
        ),
        values: keepValues ? values.map(copied) : [],
      });
    });
  }
  return rows;
}

/** The pair up to its last metric position. */
export function cutAtMetric<P extends SequencePair>(pair: P): P {
  const { ids, sourceIds, metricPositions } = pair;
  const last = metricPositions.at(-1);
  if (last === undefined) throw new Error('a pair has no metric position: give at least one');
  if (ids.length !== sourceIds.length)
    throw new Error(
      `a base of ${ids.length} tokens and a source of ${sourceIds.length}: give sequences of one length`,
    );
  return { ...pair, ids: ids.slice(0, last + 1), sourceIds: sourceIds.slice(0, last + 1) };
}

const gradientName = (hook: string) => `gradient of ${hook}`;

/**
 * Outputs: `metric` [N, 1]; the value of each hook, [B, T, d]; its gradient, of Σ seed · metric. Inputs beside the tokens:
 * those of `logitDiffAt`, and `seed` [N, 1].
 */
export function hookGradientGraph(model: Model, hooks: readonly string[]): Graph {
  const graph = new Graph();
  const metric = logitDiffAt(model, graph, forward(model, graph));
  const seed = graph.input('seed', 'float32', ['N', 1]);
  graph.output('metric', metric);
  const values = hooks.map((hook) => graph.find(hook));
  values.forEach((value, i) => {
    graph.output(hooks[i]!, value);
  });
  vjp(metric, values, seed).forEach((gradient, i) => {
    graph.output(gradientName(hooks[i]!), gradient);
  });
  return graph;
}

/** @param positions largest mean number of metric positions of a sequence */
export const pairsUse = (
  model: Model,
  hooks: readonly string[],
  { tokens, sequences, positions }: SequencesExtent & { readonly positions: number },
): GraphUse =>
  limitBatch(Math.min(sequences, rowsOfHooks(tokens, hooks.length, model.dims.dModel)), {
    name: `gradients at ${hooks.length} hooks`,
    graph: () => hookGradientGraph(model, hooks),
    sizes: (B) => ({ B, T: tokens, N: Math.ceil(B * positions) }),
  });

/** Largest number of values that a batch returns: 2²⁷ are 0.5 GB. */
const MAX_VALUES = 2 ** 27;

/** Number of sequences in a batch whose values, gradients and source values stay within MAX_VALUES; at least 1. */
const rowsOfHooks = (longest: number, nHooks: number, width: number): number =>
  Math.max(1, Math.floor(MAX_VALUES / (3 * longest * nHooks * width)));

/** [N, 1]: 1 at the last metric position of each sequence, else 0. */
function seedAtLast(positions: readonly (readonly number[])[]) {
  const seed = positions.flatMap(({ length }) =>
    Array.from({ length }, (_, i) => Number(i === length - 1)),
  );
  return float32(Float32Array.from(seed), [seed.length, 1]);
}

/** Views of the values of one sequence in both runs. */
function hookValues(
  [base, source]: readonly Fetches[],
  batch: Batch,
  row: number,
  hook: string,
): HookValues {
  return {
    base: unpadded(base!, batch, row, hook),
    source: unpadded(source!, batch, row, hook),
  };
}

/** [position, d] */
function unpadded(outputs: Fetches, batch: Batch, row: number, name: string): Float32Array {
  const values = floats(outputs, name);
  return batch.unpadded(values, row, { width: values.length / (batch.rows * batch.length) });
}

const copied = ({ base, source }: HookValues): HookValues => ({
  base: base.slice(),
  source: source.slice(),
});

/** [position]: `(source − base) · gradient`, summed over the width. */
function estimatesOf(
  { base, source }: HookValues,
  gradient: Float32Array,
  width: number,
): Float32Array {
  return Float32Array.from({ length: gradient.length / width }, (_, pos) => {
    let sum = 0;
    for (let i = pos * width; i < (pos + 1) * width; i++)
      sum += (source[i]! - base[i]!) * gradient[i]!;
    return sum;
  });
}
