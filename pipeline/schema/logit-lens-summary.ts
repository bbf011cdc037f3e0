import { COMPONENTS, proxy } from './lens-columns.ts';
import { template } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table } from './table.ts';

export const logitLensSummary = table(
  'logit_lens_summary',
  'one mean over lists, with its interval',
  {
    template,
    proxy,
    item_index: nullable(integer('place from the start; none where counted from the end')),
    items_from_end: nullable(integer('place from the end; none where counted from the start')),
    layer: integer('the layer; −1 for the embedding'),
    component: nullable(
      oneOf(COMPONENTS, 'the part whose contribution is averaged; none: logit_diff'),
    ),
    mean: real('mean', 'logits'),
    ci_low: real('lower end of the interval', 'logits'),
    ci_high: real('upper end of the interval', 'logits'),
    n: integer('lists averaged', 'lists'),
  },
);
