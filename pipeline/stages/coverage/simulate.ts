import type { coverage, Estimator } from '../../schema/coverage.ts';
import type { Row } from '../../schema/table.ts';
import { bootstrapOptions } from '../../stats/bootstrap-options.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterShare } from '../../stats/cluster-share.ts';
import type { Interval, IntervalSettings } from '../../stats/estimate.ts';
import { bootstrapStatistic } from '../../stats/percentile-bootstrap.ts';
import { keyedRandom } from '../../stats/random.ts';
import { meanAsRatio, type RatioOfSums } from '../../stats/ratio-of-sums.ts';
import { studentised } from '../../stats/studentised.ts';
import type { Population, SimulatedTopic } from './populations.ts';

export interface Simulation {
  readonly population: Population;
  /** Topics of each simulated study. */
  readonly topics: number;
  /** Lists of each topic. */
  readonly lists: number;
  /** Number of simulated studies. */
  readonly simulations: number;
}

/**
 * How often each kind of interval holds the population's true value. With several topics, these are the clusters; with a
 * single one the true value is the topic's own, and lists are the clusters. Draws are keyed by quantity and study.
 */
export function simulateCoverage(
  { population, topics, lists, simulations }: Simulation,
  settings: IntervalSettings,
): Row<typeof coverage>[] {
  const published: Estimator = population.kind === 'share' ? 'wilson' : 'studentised';
  const found = { [published]: [] as Outcome[], percentile: [] as Outcome[] };
  for (let i = 0; i < simulations; i++) {
    const key = `coverage ${population.quantity} ${topics} ${lists} ${i}`;
    const study = simulatedStudy(population, { topics, lists }, keyedRandom(settings.seed, key));
    found[published]!.push(outcomeOf(publishedInterval(study, key, settings), study));
    found.percentile.push(outcomeOf(percentileInterval(study, key, settings), study));
  }
  const { confidence: level } = settings.bootstrap;
  const design = { n_topics: topics, n_lists: lists, level };
  return ([published, 'percentile'] as const).map((estimator) => ({
    quantity: population.quantity,
    estimator,
    published: estimator === published,
    ...design,
    ...summaryOf(found[estimator]!, settings),
  }));
}

/** One simulated study. */
interface SimulatedStudy {
  readonly kind: Population['kind'];
  readonly truth: number;
  /** [cluster][list]: the list's values */
  readonly clusters: readonly (readonly (readonly number[])[])[];
}

function simulatedStudy(
  { kind, truth, topic }: Population,
  { topics, lists }: Pick<Simulation, 'topics' | 'lists'>,
  random: () => number,
): SimulatedStudy {
  const listsOf = ({ list }: SimulatedTopic) => Array.from({ length: lists }, () => list(random));
  if (topics > 1) {
    const clusters = Array.from({ length: topics }, () => listsOf(topic(random)));
    return { kind, truth, clusters };
  }
  const only = topic(random);
  return { kind, truth: only.truth, clusters: listsOf(only).map((list) => [list]) };
}

function publishedInterval(
  { kind, clusters }: SimulatedStudy,
  key: string,
  settings: IntervalSettings,
): Interval {
  if (kind === 'hazard difference')
    return studentised(hazards(clusters), bootstrapOptions(settings, key));
  const rows = clusters.flatMap((lists, cluster) =>
    lists.flat().map((value): Observation => ({ value, cluster })),
  );
  const observed = { rows, value: readValue, cluster: clusterOf };
  return kind === 'share' ? clusterShare(observed, settings) : clusterMean(observed, key, settings);
}

/** One value, with the number of its cluster. */
interface Observation {
  readonly value: number;
  readonly cluster: number;
}

const readValue = ({ value }: Observation): number => value;
const clusterOf = ({ cluster }: Observation): number => cluster;

/** Each cluster is summed before it is resampled. */
function percentileInterval(
  { kind, clusters }: SimulatedStudy,
  key: string,
  settings: IntervalSettings,
): Interval {
  const ratios =
    kind === 'hazard difference'
      ? hazards(clusters)
      : [meanAsRatio(clusters.map((lists) => lists.flat()))];
  const summed = clusters.map((_, i) => [
    ratios.map(({ sums, weights }) => [sums[i]!, weights[i]!] as const),
  ]);
  return bootstrapStatistic(summed, ratioOf, bootstrapOptions(settings, `${key} percentile`))!;
}

/** The hazards of ending of a study's edited lists, and of the same lists before. */
const hazards = (clusters: SimulatedStudy['clusters']): RatioOfSums[] =>
  [0, 2].map((column) => {
    const sumsOf = (at: number) =>
      Float64Array.from(clusters, (lists) => lists.reduce((sum, list) => sum + list[at]!, 0));
    return { sums: sumsOf(column), weights: sumsOf(column + 1) };
  });

/** @param clusters [cluster][0][ratio]: sum and weight. @returns the first ratio, less the second where there is one */
function ratioOf(
  clusters: readonly (readonly (readonly (readonly [sum: number, weight: number])[])[])[],
): number {
  const ratio = (of: number) => {
    let [sum, weight] = [0, 0];
    for (const [ratios] of clusters) {
      sum += ratios![of]![0];
      weight += ratios![of]![1];
    }
    return sum / weight;
  };
  return clusters[0]![0]!.length === 1 ? ratio(0) : ratio(0) - ratio(1);
}

interface Outcome {
  readonly holds: boolean;
  readonly width: number;
}

const outcomeOf = ({ ci_low, ci_high }: Interval, { truth }: SimulatedStudy): Outcome => ({
  holds: ci_low <= truth && truth <= ci_high,
  width: ci_high - ci_low,
});

/** Coverage with its interval over simulations, which are independent, and the mean width. */
function summaryOf(rows: readonly Outcome[], settings: IntervalSettings) {
  const { mean, ...interval } = clusterShare(
    { rows, value: ({ holds }) => Number(holds), cluster: (row) => row },
    settings,
  );
  const width = rows.reduce((sum, row) => sum + row.width, 0) / rows.length;
  return { coverage: mean, ...interval, mean_width: width };
}
