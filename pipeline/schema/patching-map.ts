import { direction, noShare, PATCHED_KINDS, shareColumns } from './patching-columns.ts';
import { integer, oneOf, type Row, table, text } from './table.ts';

export const patchingMap = table(
  'patching_map',
  'the residual stream after one layer, at one place of the sequence, patched from the run with the other word',
  {
    direction,
    layer: integer('layer after which the residual stream is patched'),
    place: integer('order of the place in the sequence, from 0 at the word'),
    region: oneOf(PATCHED_KINDS, 'the kind of positions that the place is among'),
    label: text(
      'the place: a token of the prompt and its distance from the word or from the list; the topic; items of the list by their distance from the last',
    ),
    ...shareColumns,
    reason: noShare,
    n: integer('number of lists that have the place', 'lists'),
  },
);

export type PatchingMapRow = Row<typeof patchingMap>;
