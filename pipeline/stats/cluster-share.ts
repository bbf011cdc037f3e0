import type { Estimate, Interval, IntervalSettings } from './estimate.ts';
import { clustersOf, type Observations } from './observations.ts';
import { meanAsRatio, robustRatio } from './ratio-of-sums.ts';
import { tQuantile } from './student-t.ts';

/**
 * A share of clustered observations that are 0 or 1, with a Wilson interval: n is the effective sample size, and the
 * quantile is Student's with one degree of freedom less than there are clusters. The interval stays in [0, 1] and has a
 * width at a share of 0 or 1, too.
 *
 * The effective sample size is n / deff. The design effect deff is the share's cluster-robust variance (`robustRatio`)
 * over p (1 − p) / n, and at least 1; it is 1 where the share is 0 or 1, because nothing can then be seen of the variance
 * between clusters: of large, unlike clusters the interval is then too narrow. One cluster says nothing of others: the
 * interval is [0, 1].
 *
 * Sources: Wilson (1927), J. Am. Stat. Assoc. 22, 209–212; the effective sample size Korn & Graubard (1998), Survey
 * Methodology 24, 193–201; the two together and a design effect of at least 1 Dean & Pagano (2015), J. Survey Stat.
 * Methodol. 3, 484–503.
 *
 * @throws where there are no observations, or one is neither 0 nor 1
 */
export function clusterShare<T>(
  observations: Observations<T>,
  { bootstrap: { confidence } }: Pick<IntervalSettings, 'bootstrap'>,
): Estimate {
  const clusters = clustersOf(observations);
  const n = observations.rows.length;
  const other = clusters.flat().find((value) => value !== 0 && value !== 1);
  if (other !== undefined) throw new Error(`a share of ${other}: give observations of 0 or 1`);
  if (n === 0) throw new Error('no observations to average: give at least one');
  const { value: share, standardError } = robustRatio([meanAsRatio(clusters)]);
  if (clusters.length < 2) return { mean: share, ci_low: 0, ci_high: 1, n };
  const simple = share * (1 - share);
  const deff = simple === 0 ? 1 : Math.max(1, (standardError ** 2 * n) / simple);
  const t = tQuantile(confidence, clusters.length - 1);
  return { mean: share, ...wilson(share, n / deff, t), n };
}

/**
 * Wilson's interval.
 * @param n effective number of observations
 * @param z quantile, in standard errors
 */
function wilson(share: number, n: number, z: number): Interval {
  const shrink = 1 + z ** 2 / n;
  const centre = (share + z ** 2 / (2 * n)) / shrink;
  const reach = (z / shrink) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  // At a share of 0 or 1 one end is that share, which rounding would miss.
  return {
    ci_low: share === 0 ? 0 : Math.max(0, centre - reach),
    ci_high: share === 1 ? 1 : Math.min(1, centre + reach),
  };
}
