import { CHOSEN_ARMS, CONTROLS } from '../../schema/ablation-columns.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { Target } from './target.ts';

/**
 * Whether an SAE's edits of the prompt change the metric beyond their first control, random features: the interval of the
 * mean difference between them, over lists with topics as clusters, excludes 0 for any of the chosen arms.
 */
export function movesMetric(
  rows: readonly MetricRow[],
  targets: readonly Target[],
  settings: IntervalSettings,
): boolean {
  const ofPrompt = rows.filter(({ protocol }) => protocol === 'from-prompt');
  const topicOf = new Map(targets.map(({ list }) => [list.sample_id, list.topic]));
  return CHOSEN_ARMS.some((arm) => {
    const [control] = CONTROLS[arm];
    const controlOf = new Map(
      ofPrompt.filter((row) => row.arm === control).map((row) => [keyOf(row), row.measured]),
    );
    const edited = ofPrompt.filter((row) => row.arm === arm && controlOf.has(keyOf(row)));
    if (edited.length === 0) return false;
    const { ci_low, ci_high } = clusterMean(
      {
        rows: edited,
        value: (row) => row.measured - controlOf.get(keyOf(row))!,
        cluster: ({ sample_id }) => topicOf.get(sample_id),
      },
      `moves metric ${edited[0]!.sae_id} ${arm}`,
      settings,
    );
    return ci_low > 0 || ci_high < 0;
  });
}

const keyOf = ({ sample_id, split }: MetricRow): string => `${sample_id} ${split}`;
