import { lensPosition } from './lens-columns.ts';
import { integer, real, table } from './table.ts';

export const logitLensTable = table(
  'logit_lens',
  'the logit lens of one layer at one item of one list',
  {
    ...lensPosition,
    layer: integer('layer whose residual stream is unembedded; −1 for the embedding'),
    logit_diff: real('logit difference with final norm and softcap', 'logits'),
    logit_diff_uncapped: real('logit difference with final norm, without softcap', 'logits'),
    logit_diff_raw: real('logit difference without final norm and softcap', 'logits'),
  },
);
