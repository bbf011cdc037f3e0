import { COMPONENTS, proxy } from './lens-columns.ts';
import { template } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table } from './table.ts';

export const logitLensSummary = table(
  'logit_lens_summary',
  'one mean over lists, with its confidence interval',
  {
    template,
    proxy,
    item_index: nullable(
      integer(
        'index of the item from the start of the list, from 0; null where counted from the end',
      ),
    ),
    items_from_end: nullable(
      integer('0 for the last item, counted from the end; null where counted from the start'),
    ),
    layer: integer('the layer; −1 for the embedding'),
    component: nullable(
      oneOf(
        COMPONENTS,
        'the component whose contribution is averaged; null where logit_diff is averaged',
      ),
    ),
    mean: real('mean', 'logits'),
    ci_low: real('lower end of the confidence interval', 'logits'),
    ci_high: real('upper end of the confidence interval', 'logits'),
    n: integer('number of lists averaged', 'lists'),
  },
);
