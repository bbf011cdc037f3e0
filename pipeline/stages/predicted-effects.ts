import { clusterMean } from '../stats/cluster-mean.ts';
import type { IntervalSettings } from '../stats/estimate.ts';
import { bootstrapStatistic } from '../stats/percentile-bootstrap.ts';
import { keyedRandom } from '../stats/random.ts';
import { rankCorrelation } from '../stats/rank-correlation.ts';

/** A change that was predicted, and the change that was measured. */
export interface PredictedEffect {
  readonly sample_id: string;
  readonly predicted: number;
  readonly effect: number;
}

interface Keyed {
  /** Determines the random draws of intervals, together with the seed. */
  readonly key: string;
  readonly settings: IntervalSettings;
}

/** Total magnitude of the measured changes. */
export const massOf = (cells: readonly Pick<PredictedEffect, 'effect'>[]): number =>
  cells.reduce((sum, { effect }) => sum + Math.abs(effect), 0);

/** Share of the magnitude of all effects whose sign is predicted; topics are resampled. */
export function signByMass(
  cells: readonly PredictedEffect[],
  topicOf: (sampleId: string) => string,
  { key, settings }: Keyed,
) {
  const topics = [...Map.groupBy(cells, ({ sample_id }) => topicOf(sample_id)).values()];
  const sums = topics.map((of): readonly MassSums[] => {
    const right = of.filter(({ predicted, effect }) => Math.sign(predicted) === Math.sign(effect));
    return [{ right: massOf(right), all: massOf(of) }];
  });
  const random = keyedRandom(settings.seed, `sign by mass ${key}`);
  return bootstrapStatistic(sums, shareRight, { ...settings.bootstrap, random });
}

/** Magnitudes of the effects of one topic. */
interface MassSums {
  /** Of those whose sign is predicted. */
  readonly right: number;
  readonly all: number;
}

/** Null where there is no effect. */
function shareRight(topics: readonly (readonly MassSums[])[]): number | null {
  const total = (which: keyof MassSums) =>
    topics.flat().reduce((sum, topic) => sum + topic[which], 0);
  return total('all') === 0 ? null : total('right') / total('all');
}

/** Mean over lists of the rank correlation of predicted and measured changes; null where no list has one. */
export function rankWithinLists(
  cells: readonly PredictedEffect[],
  topicOf: (sampleId: string) => string,
  { key, settings }: Keyed,
) {
  const lists = [...Map.groupBy(cells, ({ sample_id }) => sample_id)];
  const rows = lists.flatMap(([id, list]) => {
    const correlation = rankCorrelation(
      list.map(({ predicted }) => predicted),
      list.map(({ effect }) => effect),
    );
    return correlation === null ? [] : [{ topic: topicOf(id), correlation }];
  });
  if (rows.length === 0) return null;
  const value = (row: (typeof rows)[number]) => row.correlation;
  const cluster = (row: (typeof rows)[number]) => row.topic;
  const range = [-1, 1] as const;
  return clusterMean({ rows, value, cluster, range }, `rank correlation ${key}`, settings);
}
