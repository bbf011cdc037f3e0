import type { completions } from '../schema/completions.ts';
import type { items } from '../schema/items.ts';
import type { Row } from '../schema/table.ts';
import type { TemplateName } from '../schema/templates.ts';

/** A row of `completions`. */
export type ListRow = Row<typeof completions>;
/** A row of `items`. */
export type ItemRow = Row<typeof items>;

/** The lists sampled at one temperature from the given templates; from all templates where none is given. */
export const listsAtTemperature = (
  lists: readonly ListRow[],
  temperature: number,
  templates?: readonly TemplateName[],
): ListRow[] =>
  lists.filter(
    (list) => list.temperature === temperature && (templates?.includes(list.template) ?? true),
  );

/** Each list by its `sample_id`. */
export const listsById = (lists: readonly ListRow[]): Map<string, ListRow> =>
  new Map(lists.map((list) => [list.sample_id, list]));

/** The topic of each list by its `sample_id`. */
export const topicsById = (
  lists: readonly Pick<ListRow, 'sample_id' | 'topic'>[],
): Map<string, string> => new Map(lists.map(({ sample_id, topic }) => [sample_id, topic]));

/** The rows of each list by its `sample_id`. */
export const groupByList = <R extends { readonly sample_id: string }>(
  rows: readonly R[],
): Map<string, R[]> => Map.groupBy(rows, ({ sample_id }) => sample_id);

/** The last item of each list that ended, by its `sample_id`. */
export const lastItemByList = (rows: readonly ItemRow[]): Map<string, ItemRow> =>
  new Map(
    rows.flatMap((item) => (item.items_from_end === 0 ? [[item.sample_id, item] as const] : [])),
  );

/** Number of tokens up to and including an item's marker. */
export const prefixLength = ({ pos_last_token, n_tokens }: ItemRow): number =>
  pos_last_token - n_tokens + 1;
