import type { RobustnessRow } from '../../schema/robustness.ts';
import type { TemplateName } from '../../schema/templates.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import { clusterShare } from '../../stats/cluster-share.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';

/** A list of one form, with the probability of the end after each of its items. */
export interface FormList {
  readonly form: string;
  readonly template: TemplateName;
  readonly topic: string;
  readonly n_items: number;
  readonly ended: boolean;
  readonly loops: boolean;
  readonly ends: readonly ItemEnd[];
}

/** The probability of the event `end` after an item. */
export interface ItemEnd {
  readonly p_end: number;
  /** After the prompt with its qualifier swapped; null where it has none. */
  readonly swapped: number | null;
}

interface Observation {
  readonly list: FormList;
  readonly metric: RobustnessRow['metric'];
  readonly value: number;
}

/** Every mean of every form and template; topics are the clusters. */
export function summarise(lists: readonly FormList[], settings: IntervalSettings): RobustnessRow[] {
  const observations = lists.flatMap(observationsOf);
  const groups = Map.groupBy(observations, ({ list: { form, template }, metric }) =>
    [form, template, metric].join(' '),
  );
  return [...groups].map(([key, rows]) => {
    const { list, metric } = rows[0]!;
    const observed = {
      rows,
      value: ({ value }: Observation) => value,
      cluster: ({ list }: Observation) => list.topic,
      ...(metric === 'p_end' && { range: [0, 1] as const }),
    };
    const { form, template } = list;
    const estimate = SHARES.has(metric)
      ? clusterShare(observed, settings)
      : clusterMean(observed, `robustness ${key}`, settings);
    return { form, template, metric, ...estimate };
  });
}

/** The metrics of which a list has 0 or 1. */
const SHARES: ReadonlySet<RobustnessRow['metric']> = new Set(['ended', 'loops']);

const observationsOf = (list: FormList): Observation[] => [
  { list, metric: 'n_items', value: list.n_items },
  { list, metric: 'ended', value: Number(list.ended) },
  { list, metric: 'loops', value: Number(list.loops) },
  ...list.ends.map(({ p_end }) => ({ list, metric: 'p_end', value: p_end }) as const),
  ...list.ends.flatMap(({ p_end, swapped }) =>
    swapped === null
      ? []
      : [{ list, metric: 'word_effect', value: Math.log(p_end / swapped) } as const],
  ),
];
