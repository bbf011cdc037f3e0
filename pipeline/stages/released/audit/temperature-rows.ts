import type { audit, Quantity, Rule } from '../../../schema/released/audit.ts';
import type { Row } from '../../../schema/table.ts';
import { bootstrapOptions } from '../../../stats/bootstrap-options.ts';
import type { IntervalSettings } from '../../../stats/estimate.ts';
import { bootstrapStatistic } from '../../../stats/percentile-bootstrap.ts';
import { type CountedList, type Counts, countBlanks } from './counted-lists.ts';
import { pairCorrelation } from './statistics.ts';

const CORRELATED: readonly (readonly [Quantity, (list: Counts) => number])[] = [
  ['temperature_blanks', ({ items }) => countBlanks(items)],
  ['temperature_items', ({ nItems }) => nItems],
];

/**
 * Rank correlations of a list's counts with its sampling temperature, over all temperatures; topics are resampled.
 * @param lists of the template `short`
 */
export function temperatureRows(
  lists: readonly CountedList[],
  rule: Rule,
  settings: IntervalSettings,
): Row<typeof audit>[] {
  const topics = [...Map.groupBy(lists, ({ topic }) => topic).values()];
  return CORRELATED.flatMap(([quantity, getValue]) => {
    const pairs = topics.map((topicLists) =>
      topicLists.map(({ temperature, counts }) => [temperature, getValue(counts[rule])] as const),
    );
    const options = bootstrapOptions(settings, `audit ${rule} ${quantity}`);
    const estimate = bootstrapStatistic(pairs, pairCorrelation, options);
    if (estimate === null) return [];
    const template = 'short' as const;
    const key = { quantity, rule, template, temperature: null, topic: null, items_from_end: null };
    return [{ ...key, ...estimate }];
  });
}
