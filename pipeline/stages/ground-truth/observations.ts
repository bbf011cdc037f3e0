import { countRepeats, normalizeItem } from '../../lists/parse-list.ts';
import type { EntropyRow } from '../../schema/entropy.ts';
import type { Quantity } from '../../schema/process-check.ts';
import type { TemplateName } from '../../schema/templates.ts';
import type { TokenEntropyRow } from '../../schema/token-entropy.ts';
import type { ListRow } from '../lists-by-id.ts';
import type { NamedList } from './lists.ts';

/** One value of one list, item or token. */
export interface Observation {
  readonly quantity: Quantity;
  readonly template: TemplateName;
  readonly topic: string;
  readonly value: number;
}

/** Length, blank before the end, and repeats of each list; whether each item belongs to another topic or to none. */
export const observeLists = (
  lists: readonly NamedList[],
  topics: Readonly<Record<string, readonly string[]>>,
): Observation[] =>
  lists.flatMap(({ template, topic, names, blankAfterLast }) => {
    const topicItems = new Set(topics[topic]?.map(normalizeItem));
    const observe = (quantity: Quantity, value: number): Observation => {
      return { quantity, template, topic, value };
    };
    return [
      observe('items_per_list', names.length),
      observe('blank_after_last', Number(blankAfterLast)),
      observe('lists_with_repeats', Number(countRepeats(names) > 0)),
      ...names.map((name) =>
        observe('items_off_topic', Number(!topicItems.has(normalizeItem(name)))),
      ),
    ];
  });

/**
 * By how much the entropy after each short list's last item exceeds that after its first item (clean prompt), or the
 * mean over all items before the last (prompt swapped to ask for a long list).
 * @param column whose entropy: the model's, or the process's
 */
export function observeEntropy(
  rows: readonly EntropyRow[],
  lists: ReadonlyMap<string, ListRow>,
  column: 'entropy' | 'true_entropy',
): Observation[] {
  const atItems = rows.filter(({ position_kind }) => position_kind === 'item');
  const readings = Map.groupBy(atItems, ({ sample_id, condition }) => `${sample_id} ${condition}`);
  return [...readings.values()].flatMap((reading) => {
    const { sample_id, condition } = reading[0]!;
    const { template, topic } = lists.get(sample_id)!;
    const values = reading.flatMap((row) => row[column] ?? []);
    if (template !== 'short' || values.length < 2) return [];
    const last = values.at(-1)!;
    const before = values.slice(0, -1);
    const mean = before.reduce((a, b) => a + b, 0) / before.length;
    const [quantity, value] =
      condition === 'clean'
        ? (['entropy_rise', last - before[0]!] as const)
        : (['entropy_last_rise_corrupted', last - mean] as const);
    return [{ quantity, template, topic, value }];
  });
}

/** KL(process ‖ model) at every token that the process could have written, in nats. */
export const observeKl = (
  rows: readonly TokenEntropyRow[],
  lists: ReadonlyMap<string, ListRow>,
): Observation[] =>
  rows.flatMap(({ sample_id, kl }) => {
    const list = lists.get(sample_id);
    if (list === undefined || kl === null) return [];
    return [{ quantity: 'kl', template: list.template, topic: list.topic, value: kl }];
  });
