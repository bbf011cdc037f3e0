import { lensPosition } from './lens-columns.ts';
import { integer, type Row, real, table } from './table.ts';

export const logitLensLists = table(
  'logit_lens_lists',
  'the logit lens of one layer at one item of one list, of the first list of each topic and template',
  {
    ...lensPosition,
    layer: integer('layer whose residual stream is unembedded; −1 for the embedding'),
    logit_diff: real('logit difference with final norm and softcap', 'logits'),
  },
);

export type ListLensRow = Row<typeof logitLensLists>;
