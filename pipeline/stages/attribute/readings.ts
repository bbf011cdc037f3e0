import { PROXIES } from '../../lists/proxies.ts';
import type { ProxyName } from '../../schema/proxies.ts';
import { type ItemRow, type ListRow, prefixLength } from '../lists-by-id.ts';

/**
 * What the attribution of each list reads: its tokens, and the position and token pair of the metric. A list that did
 * not end, or that has no token at the proxy's position, is left out.
 * @param lastItems by `sample_id`
 * @param pair ids of the tokens whose logits the metric subtracts
 */
export const readingsOf = (
  lists: readonly ListRow[],
  lastItems: ReadonlyMap<string, ItemRow>,
  proxy: ProxyName,
  pair: readonly [end: number, again: number],
) =>
  lists.flatMap(({ sample_id, token_ids, n_prompt_tokens }) => {
    const item = lastItems.get(sample_id);
    const metricPos = item?.[PROXIES[proxy].column] ?? null;
    if (item === undefined || metricPos === null) return [];
    const lengths = { prompt: n_prompt_tokens, prefix: prefixLength(item) };
    return [{ sample_id, ids: token_ids, metricPos, pair, lengths }];
  });
