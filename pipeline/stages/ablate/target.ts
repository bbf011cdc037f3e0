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

export interface AnswerLimits {
  /** Limit on new tokens, as a multiple of the longest answer sampled with the list's template. */
  readonly capFactor: number;
  /** The longest sequence of the model: no answer goes on beyond it. */
  readonly maxPositions: number;
}

/** The lists that ended and have an item. All of one template have the same limit on new tokens. */
export function targetsOf(
  lists: readonly ListRow[],
  items: readonly ItemRow[],
  limits: AnswerLimits,
): Target[] {
  const longest = new Map<string, number>();
  for (const { template, n_tokens } of lists)
    longest.set(template, Math.max(n_tokens, longest.get(template) ?? 0));
  const lastItems = lastItemByList(items);
  const targets = lists.flatMap((list): Target[] => {
    const item = lastItems.get(list.sample_id);
    if (item === undefined) return [];
    const kept = { 'from-prompt': list.n_prompt_tokens, continue: prefixLength(item) };
    const maxNewTokens = Math.ceil(limits.capFactor * longest.get(list.template)!);
    return [{ list, metricPos: item[PROXIES[MAPPED_PROXY].column], kept, maxNewTokens }];
  });
  return [...Map.groupBy(targets, ({ list }) => list.template).values()].flatMap((ofTemplate) =>
    withinPositions(ofTemplate, limits.maxPositions),
  );
}

/** The lists of one template with so few new tokens that the longest of what is kept leaves room for them. */
function withinPositions(targets: readonly Target[], maxPositions: number): Target[] {
  const kept = targets.map((target) => Math.max(...Object.values(target.kept)));
  const room = maxPositions - kept.reduce((a, b) => Math.max(a, b), 0);
  return targets.map((target) => ({
    ...target,
    maxNewTokens: Math.min(target.maxNewTokens, room),
  }));
}

/** The kept tokens as a prompt. Sampling uses the list's own noise, continued after the draws of the kept answer. */
export const promptOf = ({ list, kept }: Target, protocol: Protocol): Prompt => ({
  key: list.sample_id,
  prompt: list.token_ids.slice(0, kept[protocol]),
  drawn: kept[protocol] - list.n_prompt_tokens,
});
