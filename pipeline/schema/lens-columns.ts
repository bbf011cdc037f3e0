import { PROXY_NAMES } from './proxies.ts';
import { sampleId } from './shared-columns.ts';
import { integer, nullable, oneOf } from './table.ts';

/** Parts of the model whose outputs add up to the residual stream: the embedding, attention, the MLP. */
export const COMPONENTS = ['embed', 'attn', 'mlp'] as const;

export const proxy = oneOf(
  PROXY_NAMES,
  'where the logit of the event “end” less that of “again” is read: after an item’s last token, or after its newline',
);

/** The item of a list at which a difference of logits is read. */
export const lensPosition = {
  sample_id: sampleId,
  proxy,
  item_index: integer('place of the item in the list, from 0'),
  items_from_end: nullable(integer('0 for the last item; none where the list did not end')),
};
