import type { IntervalSettings } from '../stats/estimate.ts';
import {
  type DifferenceSummary,
  type ListColumns,
  type ListPair,
  listDifferences,
  RATIO_METRICS,
  rarefiedDifferences,
  summariseDifferences,
  summariseRatio,
  topicDiversityDifferences,
  topicRarefiedDifferences,
} from './differences.ts';

/** Metrics that each list has by itself. */
const LIST_METRICS = {
  n_items: ({ n_items }) => n_items,
  n_tokens: ({ n_tokens }) => n_tokens,
  n_repeats: ({ n_repeats }) => n_repeats,
  shannon_index: ({ shannon_index }) => shannon_index,
  share_ended: ({ ended }) => Number(ended),
  blank_before_end: ({ blank_before_end }) => Number(blank_before_end),
} as const satisfies Readonly<Record<string, (row: ListColumns) => number>>;

/** The metrics of written lists: of a list by itself, of a topic's lists together, of all lists together. */
export type WrittenMetric =
  | keyof typeof LIST_METRICS
  | keyof typeof RATIO_METRICS
  | 'shannon_rarefied'
  | keyof typeof TOPIC_METRICS;

/** Metrics that a topic's lists have together. */
const TOPIC_METRICS = {
  topic_shannon_index: topicDiversityDifferences,
  topic_shannon_rarefied: topicRarefiedDifferences,
} as const;

export interface MetricEffect<R> {
  /** The pairs of each run: more than one run where lists were resampled several times. */
  readonly runs: readonly (readonly ListPair<R>[])[];
  readonly metric: WrittenMetric;
  /** What the bootstrap resamples. */
  readonly cluster: 'topic' | 'list';
  /** Names the random draws of the interval. */
  readonly key: string;
}

/** How a metric differs from the baseline's; null where it is undefined. */
export function metricEffect<R extends ListColumns>(
  { runs, metric, cluster, key }: MetricEffect<R>,
  settings: IntervalSettings,
): DifferenceSummary | null {
  if (metric === 'topic_shannon_index' || metric === 'topic_shannon_rarefied')
    return summariseDifferences(runs.map(TOPIC_METRICS[metric]), key, settings);
  if (metric === 'hazard' || metric === 'tokens_per_item')
    return summariseRatio(runs.flat(), RATIO_METRICS[metric], key, { ...settings, cluster });
  const differences = runs.map((pairs) =>
    metric === 'shannon_rarefied'
      ? rarefiedDifferences(pairs, cluster)
      : listDifferences(pairs, LIST_METRICS[metric], cluster),
  );
  return summariseDifferences(differences, key, settings);
}
