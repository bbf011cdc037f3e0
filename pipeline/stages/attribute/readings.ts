import type { AttributionPass } from '../../interp/attribution/attribution-reading.ts';
import { MAPPED_PROXY, PROXIES, tokenPairOf } from '../../lists/proxies.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import { PROXY_NAMES, type ProxyName } from '../../schema/proxies.ts';
import type { Settings } from '../../study/study.ts';
import { readingOf } from '../entropy/reading.ts';
import { type ItemRow, type ListRow, prefixLength } from '../lists-by-id.ts';

/** Lists whose metric is attributed along paths of one kind. */
export interface Pass extends AttributionPass {
  readonly metric: ProxyName;
  readonly readings: ReturnType<typeof readingsOf>;
  readonly pooled: boolean;
}

/** The path along which features are ranked. */
export const rankingPath = ({ path = 'zero' }: Settings['attribution']): Path => path;

/** The paths that are attributed along: the one that ranks, and that from the swapped prompt. */
export const pathsOf = (attribution: Settings['attribution']): Path[] => [
  ...new Set([rankingPath(attribution), 'swapped' as const]),
];

/** Both metrics along the path that ranks; the mapped one also along that from the swapped prompt. */
export function passesOf(
  { attribution, templates }: Pick<Settings, 'attribution' | 'templates'>,
  lists: readonly ListRow[],
  lastItems: ReadonlyMap<string, ItemRow>,
  form: TokenForm,
): Pass[] {
  const pass = (metric: ProxyName, path: Path): Pass => {
    const pairOf = ({ item_index }: ItemRow) => tokenPairOf(form.events, metric, item_index);
    const readings = readingsOf(lists, lastItems, { metric, pairOf, swap });
    return { metric, path, readings, pooled: metric === MAPPED_PROXY };
  };
  const swap = (list: ListRow) => readingOf(list, 'corrupted', templates, form).ids;
  const ranked = PROXY_NAMES.map((metric) => pass(metric, rankingPath(attribution)));
  return rankingPath(attribution) === 'swapped'
    ? ranked
    : [...ranked, pass(MAPPED_PROXY, 'swapped')];
}

interface MetricOfLists {
  readonly metric: ProxyName;
  /** Ids of the tokens whose logits the metric subtracts after an item; null where it is not defined. */
  readonly pairOf: (item: ItemRow) => readonly [end: number, again: number] | null;
  /** The list's tokens after the swapped prompt. */
  readonly swap: (list: ListRow) => readonly number[];
}

/**
 * What the attribution of each list reads: its tokens, and the position and token pair of the metric. A list that did
 * not end, that has no token at the proxy's position, or after whose last item the proxy is not defined, is left out.
 * @param lastItems by `sample_id`
 */
const readingsOf = (
  lists: readonly ListRow[],
  lastItems: ReadonlyMap<string, ItemRow>,
  { metric, pairOf, swap }: MetricOfLists,
) =>
  lists.flatMap((list) => {
    const { sample_id, token_ids, n_prompt_tokens } = list;
    const item = lastItems.get(sample_id);
    const metricPos = item?.[PROXIES[metric].column] ?? null;
    const pair = item === undefined ? null : pairOf(item);
    if (item === undefined || metricPos === null || pair === null) return [];
    const lengths = { prompt: n_prompt_tokens, prefix: prefixLength(item) };
    return [{ sample_id, ids: token_ids, metricPos, pair, lengths, swappedIds: swap(list) }];
  });
