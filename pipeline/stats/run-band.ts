import type { BootstrapOptions } from './bootstrap-options.ts';
import type { Estimate } from './estimate.ts';
import type { Clusters } from './observations.ts';
import { centralInterval } from './percentile-bootstrap.ts';
import { meanAsRatio, type RatioOfSums } from './ratio-of-sums.ts';

/**
 * The mean over several runs of one experiment, with the band in which the mean of a single run lies: each resample draws
 * one run at random and resamples its clusters, and the band holds the central share of these means. It is no confidence
 * interval of the mean over runs.
 * @throws where there are no observations
 */
export function runBand(
  runs: readonly Clusters[],
  { resamples, confidence, random }: BootstrapOptions,
): Estimate {
  const ratios = runs.map(meanAsRatio);
  const total = (of: keyof RatioOfSums) =>
    ratios.reduce((sum, ratio) => sum + ratio[of].reduce((a, b) => a + b, 0), 0);
  const n = total('weights');
  if (n === 0) throw new Error('no observations to average: give at least one');
  const means = Array.from({ length: resamples }, () =>
    resampledMean(ratios[Math.floor(random() * ratios.length)]!, random),
  ).sort((a, b) => a - b);
  return { mean: total('sums') / n, ...centralInterval(means, confidence), n };
}

function resampledMean({ sums, weights }: RatioOfSums, random: () => number): number {
  let [sum, weight] = [0, 0];
  for (let i = 0; i < sums.length; i++) {
    const pick = Math.floor(random() * sums.length);
    sum += sums[pick]!;
    weight += weights[pick]!;
  }
  return sum / weight;
}
