import { quote } from '../engine/sql.ts';

/** SQL: the rows that are of these lists, of a table with a column `sample_id`. They should be few: the first of each topic. */
export const ofLists = (lists: readonly { readonly sample_id: string }[]): string =>
  lists.length === 0
    ? 'false'
    : `sample_id IN (${lists.map(({ sample_id }) => quote(sample_id)).join()})`;
