import { MAPPED_PROXY, PROXIES } from '../../lists/proxies.ts';
import type { Prompt } from '../../runtime/generate.ts';
import type { Protocol } from '../../schema/ablation-columns.ts';
import { type ItemRow, type ListRow, lastItemByList, prefixLength } from '../lists-by-id.ts';

/** A list whose end is attributed: it ended, after an item at least. */
export interface Target {
  readonly list: ListRow;
  /** Where the metric is read. */
  readonly metricPos: number;
  /** Tokens that a protocol keeps: the prompt, or all up to the last item's marker. */
  readonly kept: Readonly<Record<Protocol, number>>;
  /** Longest answer, or rest of one, that it may get. */
  readonly maxNewTokens: number;
}

/** @param capFactor the longest answer as a multiple of the longest that its template got */
export function targetsOf(
  lists: readonly ListRow[],
  items: readonly ItemRow[],
  capFactor: number,
): Target[] {
  const longest = new Map<string, number>();
  for (const { template, n_tokens } of lists)
    longest.set(template, Math.max(n_tokens, longest.get(template) ?? 0));
  const lastItem = lastItemByList(items);
  return lists.flatMap((list) => {
    const item = lastItem.get(list.sample_id);
    if (item === undefined) return [];
    const kept = { 'from-prompt': list.n_prompt_tokens, continue: prefixLength(item) };
    const maxNewTokens = Math.ceil(capFactor * longest.get(list.template)!);
    return [{ list, metricPos: item[PROXIES[MAPPED_PROXY].column], kept, maxNewTokens }];
  });
}

/** What a protocol generates from, on the list's own noise from where its kept tokens leave off. */
export const promptOf = ({ list, kept }: Target, protocol: Protocol): Prompt => ({
  key: list.sample_id,
  prompt: list.token_ids.slice(0, kept[protocol]),
  drawn: kept[protocol] - list.n_prompt_tokens,
});
