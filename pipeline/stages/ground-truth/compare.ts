import type { processCheck, Quantity } from '../../schema/process-check.ts';
import type { Row } from '../../schema/table.ts';
import type { TemplateName } from '../../schema/templates.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterShare } from '../../stats/cluster-share.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { Observation } from './observations.ts';

type Bounds = readonly [low: number | null, high: number | null];

/** The range that the miniature was designed to meet, at the study's sampling settings; null: no bound. */
const TARGETS: Readonly<Record<Quantity, Readonly<Partial<Record<TemplateName, Bounds>>>>> = {
  items_per_list: { short: [4, 6], plain: [8.5, 11.5], long: [27, 33] },
  blank_after_last: { short: [0.85, null], long: [null, 0.1] },
  lists_with_repeats: { short: [null, 0.01], long: [null, 0.15] },
  items_off_topic: { short: [null, 0.005], plain: [null, 0.005], long: [null, 0.005] },
  entropy_rise: { short: [0, null] },
  entropy_last_rise_corrupted: { short: [0, null] },
  kl: { short: [null, 0.01], plain: [null, 0.01], long: [null, 0.01] },
};

/** The quantities of which a list or an item has 0 or 1. */
const SHARES: ReadonlySet<Quantity> = new Set([
  'blank_after_last',
  'lists_with_repeats',
  'items_off_topic',
]);

/** The mean of each quantity and template in the model, with its interval, and in the process. Clusters are topics. */
export function compareWithProcess(
  measured: readonly Observation[],
  expected: readonly Observation[],
  settings: IntervalSettings,
): Row<typeof processCheck>[] {
  const keyOf = ({ quantity, template }: Observation) => `${quantity} ${template}`;
  const expectedByKey = Map.groupBy(expected, keyOf);
  return [...Map.groupBy(measured, keyOf)].map(([key, rows]) => {
    const { quantity, template } = rows[0]!;
    const [low, high] = TARGETS[quantity][template] ?? [null, null];
    const observed = {
      rows,
      value: ({ value }: Observation) => value,
      cluster: ({ topic }: Observation) => topic,
    };
    const { mean, ...interval } = SHARES.has(quantity)
      ? clusterShare(observed, settings)
      : clusterMean(observed, `ground truth ${key}`, settings);
    const isWithin = (low ?? -Infinity) <= mean && mean <= (high ?? Infinity);
    return {
      quantity,
      template,
      process: meanOf(expectedByKey.get(key) ?? []),
      measured: mean,
      ...interval,
      target_low: low,
      target_high: high,
      met: low === null && high === null ? null : isWithin,
    };
  });
}

const meanOf = (observations: readonly Observation[]): number =>
  observations.reduce((sum, { value }) => sum + value, 0) / observations.length;
