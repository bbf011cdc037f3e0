import { MAPPED_PROXY, PROXIES } from '../../lists/proxies.ts';
import type { Prompt } from '../../runtime/generate.ts';
import type { Protocol } from '../../schema/ablation-columns.ts';
import { type ItemRow, type ListRow, lastItemByList, prefixLength } from '../lists-by-id.ts';

/** A list whose end is attributed: it ended, and has at least one item. */
export interface Target {
  readonly list: ListRow;
  /** Position at which the metric is read. */
  readonly metricPos: number;
  /** Tokens that each protocol keeps: the prompt, or everything up to and including the last item's marker. */
  readonly kept: Readonly<Record<Protocol, number>>;
  /** Limit on the tokens generated after the kept ones. */
  readonly maxNewTokens: number;
}

/** @param capFactor limit on new tokens, as a multiple of the longest answer sampled with the list's template */
export function targetsOf(
  lists: readonly ListRow[],
  items: readonly ItemRow[],
  capFactor: number,
): Target[] {
  const longest = new Map<string, number>();
  for (const { template, n_tokens } of lists)
    longest.set(template, Math.max(n_tokens, longest.get(template) ?? 0));
  const lastItems = lastItemByList(items);
  return lists.flatMap((list) => {
    const item = lastItems.get(list.sample_id);
    if (item === undefined) return [];
    const kept = { 'from-prompt': list.n_prompt_tokens, continue: prefixLength(item) };
    const maxNewTokens = Math.ceil(capFactor * longest.get(list.template)!);
    return [{ list, metricPos: item[PROXIES[MAPPED_PROXY].column], kept, maxNewTokens }];
  });
}

/** The kept tokens as a prompt. Sampling uses the list's own noise, continued after the draws of the kept answer. */
export const promptOf = ({ list, kept }: Target, protocol: Protocol): Prompt => ({
  key: list.sample_id,
  prompt: list.token_ids.slice(0, kept[protocol]),
  drawn: kept[protocol] - list.n_prompt_tokens,
});
