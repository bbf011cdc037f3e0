import { direction, noShare, PATCHED_KINDS, shareColumns } from './patching-columns.ts';
import { integer, nullable, oneOf, type Row, real, table } from './table.ts';

export const patching = table(
  'patching',
  'the residual stream after one layer, at positions of one kind, patched from the run with the other word',
  {
    direction,
    layer: integer('layer after which the residual stream is patched'),
    position_kind: oneOf(
      PATCHED_KINDS,
      'positions that are patched: the word; the rest of the prompt after it; the list, from its first marker on',
    ),
    ...shareColumns,
    share_all_items: nullable(
      real('the share of the effect on the metric’s mean over all items of a list'),
    ),
    all_items_low: nullable(real('lower end of its confidence interval')),
    all_items_high: nullable(real('upper end of its confidence interval')),
    effect: real('mean of source − unpatched at the last item, which the share is of', 'logits'),
    effect_low: real('lower end of its confidence interval', 'logits'),
    effect_high: real('upper end of its confidence interval', 'logits'),
    reason: noShare,
    n: integer('number of lists', 'lists'),
  },
);

export type PatchingRow = Row<typeof patching>;
