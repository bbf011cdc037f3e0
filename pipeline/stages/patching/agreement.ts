import type { AgreementRow, Compared } from '../../schema/patching-agreement.ts';
import { DIRECTIONS, type Direction } from '../../schema/patching-columns.ts';
import type { Estimate, IntervalSettings } from '../../stats/estimate.ts';
import { bootstrapStatistic } from '../../stats/percentile-bootstrap.ts';
import { keyedRandom } from '../../stats/random.ts';
import { rankCorrelation } from '../../stats/rank-correlation.ts';
import type { ScoredHeuristic } from './heuristics.ts';
import { countEach, movementScore, rankedLayers, sharesOf } from './rank-layers.ts';
import type { PatchEffect } from './shares.ts';

/** The number of highest layers that are compared. */
const TOP = 3;

export interface AgreementSetting {
  /** [list] */
  readonly topics: readonly string[];
  readonly settings: IntervalSettings;
}

/** A score of layers that is compared with that of patching. */
export interface OtherScore extends ScoredHeuristic {
  readonly heuristic: Exclude<Compared, 'estimate'>;
}

/** Two lists of numbers to correlate. */
type Pairs = readonly [readonly number[], readonly number[]];

/** How far the first-order estimate agrees with what is measured, over layers and kinds of positions. */
export const estimateRows = (
  effects: Readonly<Record<Direction, readonly PatchEffect[]>>,
  setting: AgreementSetting,
): AgreementRow[] =>
  DIRECTIONS.map((direction) => {
    const byLayer = [...Map.groupBy(effects[direction], ({ layer }) => layer).values()];
    const shares = (lists: readonly number[], amount: 'moved' | 'estimate') => {
      const times = countEach(lists);
      return byLayer.flatMap((rows) => sharesOf(rows, times, amount));
    };
    const pairs = (lists: readonly number[]): Pairs => [
      shares(lists, 'moved'),
      shares(lists, 'estimate'),
    ];
    const key = { compared: 'estimate', direction } as const;
    return { ...rowOf(key, pairs, setting), shared_top: null, top_layers: null };
  });

/** How far another score of layers agrees with where residual patching sees the effect move. */
export function scoreRow(
  { heuristic: compared, score }: OtherScore,
  effects: readonly PatchEffect[],
  setting: AgreementSetting,
): AgreementRow {
  const movement = movementScore(effects);
  const pairs = (lists: readonly number[]): Pairs => {
    const [moved, scores] = [movement(lists), score(lists)];
    const layers = [...scores.keys()].filter((layer) => scores[layer] !== null);
    return [layers.map((layer) => moved[layer]!), layers.map((layer) => scores[layer]!)];
  };
  const all = [...setting.topics.keys()];
  const scores = score(all);
  const moved = movement(all).map((value, layer) => (scores[layer] === null ? null : value));
  const top = Math.min(TOP, rankedLayers(scores).length);
  const highest = [scores, moved].map((each) => rankedLayers(each).slice(0, top));
  return {
    ...rowOf({ compared, direction: 'noising' }, pairs, setting),
    shared_top: highest[0]!.filter((layer) => highest[1]!.includes(layer)).length,
    top_layers: top,
  };
}

function rowOf(
  key: Pick<AgreementRow, 'compared' | 'direction'>,
  pairs: (lists: readonly number[]) => Pairs,
  { topics, settings }: AgreementSetting,
) {
  const lists = [...topics.keys()];
  const correlation = correlationOf(lists, pairs, {
    clusters: [...Map.groupBy(lists, (list) => topics[list]).values()],
    key: `patching agreement ${key.compared} ${key.direction}`,
    settings,
  });
  return {
    ...key,
    rank_correlation: correlation?.mean ?? null,
    ci_low: correlation?.ci_low ?? null,
    ci_high: correlation?.ci_high ?? null,
    n_pairs: pairs(lists)[0].length,
    n: lists.length,
  };
}

interface Clustering {
  readonly clusters: readonly (readonly number[])[];
  readonly key: string;
  readonly settings: IntervalSettings;
}

function correlationOf(
  lists: readonly number[],
  pairs: (lists: readonly number[]) => Pairs,
  { clusters, key, settings: { seed, bootstrap } }: Clustering,
): Estimate | null {
  if (lists.length === 0) return null;
  return bootstrapStatistic(clusters, (sample) => rankCorrelation(...pairs(sample.flat())), {
    ...bootstrap,
    random: keyedRandom(seed, key),
  });
}
