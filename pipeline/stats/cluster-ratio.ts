import { bootstrapStatistic, type Estimate } from './bootstrap.ts';
import { clusterMean, type IntervalSettings } from './cluster-mean.ts';
import { keyedRandom } from './random.ts';

/** Observations of a part and of the whole that it is a part of, with the cluster of each. */
export interface PartsOfWholes<T> {
  readonly rows: readonly T[];
  readonly part: (row: T) => number;
  readonly whole: (row: T) => number;
  readonly cluster: (row: T) => unknown;
}

/**
 * The mean of the parts over the mean of the wholes, with a percentile interval from a cluster bootstrap. Single wholes may
 * be near 0, which a mean of ratios does not allow.
 *
 * @param key determines the random draws, together with the seed
 * @returns null where the interval of the wholes' mean includes 0: a share of nothing has no sense
 */
export function clusterRatio<T>(
  { rows, part, whole, cluster }: PartsOfWholes<T>,
  key: string,
  settings: IntervalSettings,
): Estimate | null {
  const wholes = clusterMean({ rows, value: whole, cluster }, `${key}, whole`, settings);
  if (wholes.ci_low <= 0 && wholes.ci_high >= 0) return null;
  const clusters = [...Map.groupBy(rows, cluster).values()].map((group) =>
    group.map((row) => ({ part: part(row), whole: whole(row) })),
  );
  return bootstrapStatistic(clusters, ratioOfSums, {
    ...settings.bootstrap,
    random: keyedRandom(settings.seed, key),
  });
}

function ratioOfSums(clusters: readonly (readonly { part: number; whole: number }[])[]) {
  let [parts, wholes] = [0, 0];
  for (const cluster of clusters)
    for (const { part, whole } of cluster) {
      parts += part;
      wholes += whole;
    }
  return wholes === 0 ? null : parts / wholes;
}
