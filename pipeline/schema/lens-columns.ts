import { PROXY_NAMES } from './proxies.ts';
import { sampleId } from './shared-columns.ts';
import { integer, nullable, oneOf } from './table.ts';

/** Components of the model whose outputs add up to the residual stream: the embedding, attention, the MLP. */
export const COMPONENTS = ['embed', 'attn', 'mlp'] as const;

export const proxy = oneOf(
  PROXY_NAMES,
  'the logit difference, event “end” minus event “again”: blank_newline after an item’s last token, end_hyphen after its newline, where one token leads to another item',
);

/** The item of a list at which a logit difference is read. */
export const lensPosition = {
  sample_id: sampleId,
  proxy,
  item_index: integer('index of the item in the list, from 0'),
  items_from_end: nullable(integer('0 for the last item; null where the list did not end')),
};
