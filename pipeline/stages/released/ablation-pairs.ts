import { listMetrics } from '../../lists/list-metrics.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { Tokenizer } from '../../sources/formats/tokenizer.ts';
import type { Outcome } from '../ablate/outcome.ts';
import { type ItemRow, type ListRow, prefixLength } from '../lists-by-id.ts';
import { authorCounts } from './author-counts.ts';
import { listFromIds } from './list-from-ids.ts';
import { findList, listKey } from './list-key.ts';

/** An outcome with the author's counts of the same list. */
export interface CountedOutcome extends Outcome {
  readonly list: ListRow;
  readonly hyphens: number;
  /** Shannon index of the lines, nats. */
  readonly shannonOfLines: number;
}

/** A released ablated list with its baseline. */
export interface AblatedPair {
  readonly outcome: CountedOutcome;
  readonly baseline: CountedOutcome;
  /** Whether the ablated list begins with the baseline's prefix, up to its last item's marker. */
  readonly keepsPrefix: boolean;
}

/** One released file of lists that were ablated by one SAE. */
export interface AblatedTexts {
  readonly file: string;
  readonly saeId: string;
  /** Pairs of position and feature zeroed in each list. */
  readonly k: number;
  /** topic → [list] */
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

export interface Baselines {
  readonly baselines: readonly CountedOutcome[];
  /** By `sample_id`. */
  readonly lastItems: ReadonlyMap<string, ItemRow>;
}

/** A sampled list as a baseline; the author counted its own tokens. */
export const baselineOutcome = (list: ListRow, form: TokenForm): CountedOutcome =>
  countOutcome({ list, written: list, countedIds: list.token_ids, ablation: null }, form);

/** @throws if a text belongs to no baseline */
export function pairAblated(
  { file, saeId, k, texts }: AblatedTexts,
  { baselines, lastItems }: Baselines,
  form: TokenForm,
): AblatedPair[] {
  const baselineOf = new Map(baselines.map((baseline) => [listKey(baseline.list), baseline]));
  return [...texts].flatMap(([topic, topicTexts]) =>
    topicTexts.map((text, replicate) => {
      const baseline = findList(baselineOf, topic, replicate, file);
      const { list } = baseline;
      const item = lastItems.get(list.sample_id);
      const prefix = list.token_ids.slice(0, item && prefixLength(item));
      const { ids, keepsPrefix } = encodeAfter(prefix, text, form.tokenizer);
      const { ids: token_ids, completion } = listFromIds(list, ids, form);
      const written = { token_ids: [...token_ids], ended: completion.ended };
      const countedIds = form.tokenizer.encode(text);
      const ablation = { sae_id: saeId, k };
      const outcome = countOutcome({ list, written, countedIds, ablation }, form);
      return { outcome, baseline, keepsPrefix };
    }),
  );
}

/**
 * The token ids of a released text. The prefix kept from the baseline has the baseline's tokens, and only the rest is
 * encoded: encoding the whole text could merge the kept hyphen with a hyphen written after it into one token.
 */
function encodeAfter(prefix: readonly number[], text: string, tokenizer: Tokenizer) {
  const prefixText = tokenizer.decode(prefix);
  if (!text.startsWith(prefixText)) return { ids: tokenizer.encode(text), keepsPrefix: false };
  const rest = tokenizer.encode(text.slice(prefixText.length));
  return { ids: [...prefix, ...rest], keepsPrefix: true };
}

interface ReleasedOutcome {
  readonly list: ListRow;
  readonly written: Pick<ListRow, 'token_ids' | 'ended'>;
  /** The ids that the author counted: those of the whole text, encoded again. */
  readonly countedIds: readonly number[];
  /** Null for a baseline. */
  readonly ablation: { readonly sae_id: string; readonly k: number } | null;
}

function countOutcome(
  { list, written, countedIds, ablation }: ReleasedOutcome,
  form: TokenForm,
): CountedOutcome {
  const { token_ids, ended } = written;
  const promptLength = list.n_prompt_tokens;
  const { metrics, items } = listMetrics({ ids: token_ids, promptLength, ended }, form);
  const { hyphens, shannon } = authorCounts(countedIds, form.tokenizer);
  const condition = {
    sae_id: ablation?.sae_id ?? null,
    protocol: 'continue',
    arm: ablation === null ? 'baseline' : 'ablated',
    k: ablation?.k ?? null,
    draw: null,
  } as const;
  const row = { sample_id: list.sample_id, ...condition, ...metrics, token_ids };
  return { list, topic: list.topic, row, items, hyphens, shannonOfLines: shannon };
}
