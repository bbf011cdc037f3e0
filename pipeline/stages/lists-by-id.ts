import type { completions } from '../schema/completions.ts';
import type { items } from '../schema/items.ts';
import type { Row } from '../schema/table.ts';
import type { TemplateName } from '../schema/templates.ts';

/** A row of `completions`. */
export type ListRow = Row<typeof completions>;
/** A row of `items`. */
export type ItemRow = Row<typeof items>;

/** The lists that were sampled at one temperature, of some templates; of all where none is named. */
export const listsAt = (
  lists: readonly ListRow[],
  temperature: number,
  templates?: readonly TemplateName[],
): ListRow[] =>
  lists.filter(
    (list) => list.temperature === temperature && (templates?.includes(list.template) ?? true),
  );

export const listsById = (lists: readonly ListRow[]): Map<string, ListRow> =>
  new Map(lists.map((list) => [list.sample_id, list]));

export const topicsById = (
  lists: readonly Pick<ListRow, 'sample_id' | 'topic'>[],
): Map<string, string> => new Map(lists.map(({ sample_id, topic }) => [sample_id, topic]));

/** The rows of each list, by its id. */
export const byList = <R extends { readonly sample_id: string }>(
  rows: readonly R[],
): Map<string, R[]> => Map.groupBy(rows, ({ sample_id }) => sample_id);

/** The last item of each list that ended. */
export const lastItems = (rows: readonly ItemRow[]): Map<string, ItemRow> =>
  new Map(
    rows.flatMap((item) => (item.items_from_end === 0 ? [[item.sample_id, item] as const] : [])),
  );

/** Tokens up to an item's marker, it included. */
export const prefixLength = ({ pos_last_token, n_tokens }: ItemRow): number =>
  pos_last_token - n_tokens + 1;
