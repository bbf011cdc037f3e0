import { cellOf, type Rest, restAt, type Splice, Splices } from '../../interp/circuit/splices.ts';
import type { Decision } from '../../interp/circuit/target-vectors.ts';
import type { TracedCircuit, TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import type { Reader } from '../../interp/reader.ts';
import {
  type CircuitRanking,
  RANKINGS,
  RESTS,
  type RestKind,
} from '../../schema/circuit-columns.ts';
import type { CircuitAreaRow, CircuitCurveRow } from '../../schema/circuit-curves.ts';
import { clusterRatio } from '../../stats/cluster-ratio.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { ListCircuit } from './list-circuit.ts';
import { mapRankings, type Ranked } from './rankings.ts';

export interface CurveOptions {
  readonly tokens: Decision;
  readonly ranked: readonly Ranked[];
  /** [layer][d_sae]: mean activation of each feature of the whole transcoders, over all lists. */
  readonly means: readonly (Float32Array | null)[];
  readonly onProgress: (done: number) => void;
}

/** Numbers of features grow by this factor from one point of a curve to the next. */
const GROWTH = Math.sqrt(10);

/**
 * Keep the first features of every ranking, or take them away.
 * Source: Marks et al. (2024), arXiv 2403.19647, section 3.
 */
export async function curveRows(
  reader: Reader,
  traced: TracedCircuits,
  lists: readonly ListCircuit[],
  { tokens, ranked, means, onProgress }: CurveOptions,
): Promise<CircuitCurveRow[]> {
  await using splices = await Splices.open(reader, traced.transcoders);
  const rests = { zero: zeroActs, mean: meanActs(traced, means) };
  const rows: CircuitCurveRow[] = [];
  for (const [i, list] of lists.entries()) {
    for (const rest of RESTS)
      rows.push(
        ...(await curvesOf({ splices, traced, tokens, ranked: ranked[i]! }, list, {
          rest,
          acts: rests[rest](traced, list.own),
        })),
      );
    onProgress(i + 1);
  }
  return rows;
}

type ActsOf = (traced: TracedCircuits, circuit: TracedCircuit) => Rest;

const zeroActs: ActsOf = ({ transcoders }, { ids }) =>
  transcoders.map((coder) => coder && { acts: new Float32Array(ids.length * coder.dSae) });

/** Every feature at its mean over the counted positions of all lists. */
function meanActs(
  { transcoders, features }: TracedCircuits,
  means: readonly (Float32Array | null)[],
): ActsOf {
  const compact = transcoders.map(
    (coder, layer) => coder && Float32Array.from(features[layer]!, (id) => means[layer]![id]!),
  );
  return (_, { ids }) => restAt(compact, ids.length);
}

const ERRORS = ['own', 'none'] as const;

interface CurveSetting {
  readonly splices: Splices;
  readonly traced: TracedCircuits;
  readonly tokens: Decision;
  readonly ranked: Ranked;
}

async function curvesOf(
  { splices, tokens, ranked }: CurveSetting,
  { decision, own }: ListCircuit,
  { rest, acts }: { readonly rest: RestKind; readonly acts: Rest },
): Promise<CircuitCurveRow[]> {
  const cells = mapRankings((ranking) => ranked[ranking].map((node) => cellOf(own, node)));
  const all = cells.random.length;
  const wanted = new Map<string, Splice>();
  /** Asks for a splice with the first features of a ranking. All features are the same in every ranking, and measured once. */
  const want = (ranking: CircuitRanking, n: number, rule: Pick<Splice, 'are' | 'errors'>) => {
    const by = n === all ? 'random' : ranking;
    const name = `${rule.are} ${n} by ${by}, errors ${rule.errors}`;
    wanted.set(name, { cells: cells[by].slice(0, n), ...rule });
    return name;
  };
  const points = RANKINGS.flatMap((ranking) =>
    countsUpTo(all).flatMap((n) =>
      ERRORS.map((errors) => ({
        ranking,
        n,
        errors,
        none: want('random', 0, { are: 'kept', errors }),
        kept: want(ranking, n, { are: 'kept', errors }),
        removed: want(ranking, n, { are: 'removed', errors }),
      })),
    ),
  );
  const metrics = await splices.measure(own, tokens, acts, [...wanted.values()]);
  const metricOf = new Map([...wanted.keys()].map((name, i) => [name, metrics[i]!]));
  const { logits } = own.values;
  const model = logits[tokens.end]! - logits[tokens.again]!;
  return points.map(({ ranking, n, errors, ...names }): CircuitCurveRow => {
    const none = metricOf.get(names.none)!;
    const kept = metricOf.get(names.kept)!;
    const removed = metricOf.get(names.removed)!;
    const share = (metric: number) =>
      Math.abs(model - none) < LEAST_DIFFERENCE ? null : (metric - none) / (model - none);
    return {
      sample_id: decision.list.sample_id,
      ranking,
      rest,
      errors: errors === 'own',
      n_nodes: n,
      kept,
      removed,
      none,
      all: model,
      faithfulness: share(kept),
      completeness: share(removed),
    };
  });
}

/** Logits. A share of a smaller difference says little of one list. */
const LEAST_DIFFERENCE = 0.5;

/** 1, 3, 10, 32, … and the number of all. */
export function countsUpTo(all: number): number[] {
  const counts: number[] = [];
  for (let n = 1; Math.round(n) < all; n *= GROWTH) counts.push(Math.round(n));
  return [...counts, all];
}

/** The areas under the curves of all lists. */
export function areaRows(
  rows: readonly CircuitCurveRow[],
  topicOf: (sampleId: string) => string,
  settings: IntervalSettings,
): CircuitAreaRow[] {
  const groups = Map.groupBy(rows, ({ ranking, rest, errors }) => `${ranking} ${rest} ${errors}`);
  return [...groups].map(([group, of]): CircuitAreaRow => {
    const { ranking, rest, errors } = of[0]!;
    const lists = [...Map.groupBy(of, ({ sample_id }) => sample_id).values()];
    const area = (which: 'kept' | 'removed') =>
      clusterRatio(
        {
          rows: lists,
          part: (list) => areaAbove(list, which),
          whole: (list) => list[0]!.all - list[0]!.none,
          cluster: (list) => topicOf(list[0]!.sample_id),
        },
        `area of ${which} ${group}`,
        settings,
      );
    const [kept, removed] = [area('kept'), area('removed')];
    return {
      ranking,
      rest,
      errors,
      faithfulness: kept?.mean ?? null,
      faithfulness_low: kept?.ci_low ?? null,
      faithfulness_high: kept?.ci_high ?? null,
      completeness: removed?.mean ?? null,
      completeness_low: removed?.ci_low ?? null,
      completeness_high: removed?.ci_high ?? null,
      half: countForHalf(of, lists.length),
      n: lists.length,
    };
  });
}

/**
 * What the metric has above that without features: trapezoids over the logarithm of the number of features, as a share of the
 * whole width.
 */
function areaAbove(list: readonly CircuitCurveRow[], which: 'kept' | 'removed'): number {
  const points = list.toSorted((a, b) => a.n_nodes - b.n_nodes);
  const above = (row: CircuitCurveRow) => row[which] - row.none;
  const width = Math.log(points.at(-1)!.n_nodes) - Math.log(points[0]!.n_nodes);
  if (width === 0) return above(points[0]!);
  let area = 0;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1]!, points[i]!];
    area += ((Math.log(b.n_nodes) - Math.log(a.n_nodes)) * (above(a) + above(b))) / 2;
  }
  return area / width;
}

/** The fewest features, of the numbers that every list has, that restore half of the mean difference. */
function countForHalf(rows: readonly CircuitCurveRow[], lists: number): number | null {
  const counts = [...Map.groupBy(rows, ({ n_nodes }) => n_nodes)].filter(
    ([, of]) => of.length === lists,
  );
  const enough = counts.filter(([, of]) => {
    const sum = (value: (row: CircuitCurveRow) => number) =>
      of.reduce((total, row) => total + value(row), 0);
    return sum(({ kept, none }) => kept - none) / sum(({ all, none }) => all - none) >= 0.5;
  });
  return enough.length === 0 ? null : Math.min(...enough.map(([n]) => n));
}
