import { layerRest, type Rest, type Splice, Splices } from '../../interp/circuit/splices.ts';
import type { Decision } from '../../interp/circuit/target-vectors.ts';
import type { TracedCircuit, TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import type { Reader } from '../../interp/reader.ts';
import type { CircuitSwapRow, SwapPart } from '../../schema/circuit-swaps.ts';
import { DIRECTIONS, type Direction } from '../../schema/patching-columns.ts';
import { clusterRatio } from '../../stats/cluster-ratio.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { keyedRandom } from '../../stats/random.ts';
import { countsUpTo } from './curves.ts';
import type { ListCircuit } from './list-circuit.ts';
import { type WordChange, wordChanges } from './word-changes.ts';

export interface SwapOptions {
  readonly tokens: Decision;
  readonly seed: number;
  readonly onProgress: (done: number) => void;
}

/** What setting some features to their values with the other word does to the metric of one list. */
export interface SwapEffect {
  readonly topic: string;
  readonly direction: Direction;
  readonly part: SwapPart;
  readonly n: number | null;
  readonly moved: number;
  readonly whole: number;
}

/** In a run of each list, features are set to their values in the run with the other word, and the layers above follow. */
export async function swapEffects(
  reader: Reader,
  traced: TracedCircuits,
  lists: readonly ListCircuit[],
  { tokens, seed, onProgress }: SwapOptions,
): Promise<SwapEffect[]> {
  await using splices = await Splices.open(reader, traced.transcoders);
  const effects: SwapEffect[] = [];
  for (const [i, list] of lists.entries()) {
    for (const direction of DIRECTIONS)
      effects.push(...(await swapsOf({ splices, traced, tokens, seed }, list, direction)));
    onProgress(i + 1);
  }
  return effects;
}

/** What part of the word's effect passes through features. */
export function swapRows(
  effects: readonly SwapEffect[],
  settings: IntervalSettings,
): CircuitSwapRow[] {
  const groups = Map.groupBy(effects, ({ direction, part, n }) => `${direction} ${part} ${n}`);
  return [...groups].map(([group, of]) => swapRow(of, `circuit swap ${group}`, settings));
}

interface SwapSetting {
  readonly splices: Splices;
  readonly traced: TracedCircuits;
  readonly tokens: Decision;
  readonly seed: number;
}

async function swapsOf(
  { splices, traced, tokens, seed }: SwapSetting,
  { decision, own, other }: ListCircuit,
  direction: Direction,
): Promise<SwapEffect[]> {
  const [run, source] = direction === 'noising' ? [own, other] : [other, own];
  const changes = wordChanges(run, source);
  const draw = keyedRandom(seed, `random changes ${decision.list.sample_id} ${direction}`);
  const ranked = rankedBy(changes, ({ carried }) => Math.abs(carried));
  const random = rankedBy(changes, () => draw());
  const counts = changes.length === 0 ? [] : countsUpTo(changes.length).slice(0, -1);
  const parts: readonly (Pick<SwapEffect, 'part' | 'n'> & { readonly splice: Splice })[] = [
    ...counts.map((n) => ({ part: 'ranked' as const, n, splice: without(ranked.slice(0, n)) })),
    ...counts.map((n) => ({ part: 'random' as const, n, splice: without(random.slice(0, n)) })),
    { part: 'features', n: null, splice: { cells: [], are: 'kept', errors: 'own' } },
    { part: 'features and errors', n: null, splice: { cells: [], are: 'kept', errors: 'given' } },
  ];
  const measured = await splices.measure(
    run,
    tokens,
    restOf(source, traced),
    parts.map(({ splice }) => splice),
  );
  const [before, whole] = [metricOf(run, tokens), metricOf(source, tokens)];
  return parts.map(({ part, n }, i) => ({
    topic: decision.list.topic,
    direction,
    part,
    n,
    moved: measured[i]! - before,
    whole: whole - before,
  }));
}

const without = (cells: readonly WordChange[]): Splice => ({
  cells,
  are: 'removed',
  errors: 'own',
});

/** In descending order; equal ones in the order given. */
function rankedBy(changes: readonly WordChange[], score: (change: WordChange) => number) {
  const scores = new Map(changes.map((change) => [change, score(change)]));
  return changes.toSorted((a, b) => scores.get(b)! - scores.get(a)!);
}

const restOf = ({ layers }: TracedCircuit, { transcoders }: TracedCircuits): Rest =>
  transcoders.map((coder, layer) => coder && layerRest(layers[layer]!, coder.dSae));

const metricOf = ({ values: { logits } }: TracedCircuit, { end, again }: Decision): number =>
  logits[end]! - logits[again]!;

function swapRow(
  effects: readonly SwapEffect[],
  key: string,
  settings: IntervalSettings,
): CircuitSwapRow {
  const { direction, part, n } = effects[0]!;
  const share = clusterRatio(
    {
      rows: effects,
      part: ({ moved }) => moved,
      whole: ({ whole }) => whole,
      cluster: ({ topic }) => topic,
    },
    key,
    settings,
  );
  return {
    direction,
    part,
    n_nodes: n,
    share: share?.mean ?? null,
    ci_low: share?.ci_low ?? null,
    ci_high: share?.ci_high ?? null,
    reason: share === null ? 'effect includes 0' : null,
    n: effects.length,
  };
}
