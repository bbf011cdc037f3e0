import { lensPosition } from './lens-columns.ts';
import { integer, real, table } from './table.ts';

export const logitLensTable = table('logit_lens', 'one layer at one item of one list', {
  ...lensPosition,
  layer: integer('the layer whose output is read; −1 for the embedding'),
  logit_diff: real('difference with the final norm and the softcap applied', 'logits'),
  logit_diff_uncapped: real('the same before the softcap', 'logits'),
  logit_diff_raw: real('the same without the final norm, too', 'logits'),
});
