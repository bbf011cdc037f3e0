import { condition, positionKind } from './entropy-columns.ts';
import { EVENT_COLUMNS } from './list-events.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';
import { TEMPLATES } from './templates.ts';

/** Columns of `entropy` that are averaged in `entropy_summary`. */
export const QUANTITIES = [
  'entropy',
  'true_entropy',
  'p_end',
  'p_again',
  ...EVENT_COLUMNS,
] as const;

export const entropySummary = table(
  'entropy_summary',
  'one mean over lists, with its confidence interval',
  {
    template: oneOf(TEMPLATES, 'prompt template of the lists'),
    condition,
    position_kind: positionKind,
    item_index: nullable(
      integer(
        'index of the item from the start of the list, from 0; null where counted from the end',
      ),
    ),
    items_from_end: nullable(
      integer('0 for the last item, counted from the end; null where counted from the start'),
    ),
    quantity: oneOf(QUANTITIES, 'the column of `entropy` that is averaged'),
    mean: real('mean', 'unit of the quantity'),
    ci_low: real('lower end of the confidence interval', 'unit of the quantity'),
    ci_high: real('upper end of the confidence interval', 'unit of the quantity'),
    n: integer('number of lists averaged', 'lists'),
  },
);

export type SummaryRow = Row<typeof entropySummary>;
