import type { SwappedFeature, SwapRow } from '../../interp/attribution/attribute-swaps.ts';
import type { TokenForm } from '../../lists/token-form.ts';
import type { SwapAttributionRow } from '../../schema/swap-attributions.ts';
import type { Settings } from '../../study/study.ts';
import { readingOf } from '../entropy/reading.ts';
import type { ListRow } from '../lists-by-id.ts';
import type { readingsOf } from './readings.ts';

type Reading = ReturnType<typeof readingsOf>[number];

/** The readings with the tokens of the list after the swapped prompt. @param listOf by `sample_id` */
export const withSwaps = (
  readings: readonly Reading[],
  listOf: ReadonlyMap<string, ListRow>,
  templates: Settings['templates'],
  form: TokenForm,
) =>
  readings.map((reading) => ({
    ...reading,
    swappedIds: readingOf(listOf.get(reading.sample_id)!, 'corrupted', templates, form).ids,
  }));

/** One row for each position and feature that a ranking contains. */
export function swapRows(
  key: Pick<SwapAttributionRow, 'sample_id' | 'sae_id'>,
  { prompt, prefix }: SwapRow,
): SwapAttributionRow[] {
  const [inPrompt, inPrefix] = [prompt, prefix].map(ranksOf) as [Ranks, Ranks];
  const listed = new Map([...prompt, ...prefix].map((feature) => [keyOf(feature), feature]));
  return [...listed].map(([position, { pos, feature, featureAct, swappedAct, attribution }]) => ({
    ...key,
    pos,
    feature,
    feature_act: featureAct,
    swapped_act: swappedAct,
    attribution,
    rank_in_prompt: inPrompt.get(position) ?? null,
    rank_in_prefix: inPrefix.get(position) ?? null,
  }));
}

/** Rank from 1, by `keyOf`. */
type Ranks = ReadonlyMap<string, number>;

const ranksOf = (ranking: readonly SwappedFeature[]): Ranks =>
  new Map(ranking.map((feature, i) => [keyOf(feature), i + 1]));

const keyOf = ({ pos, feature }: SwappedFeature): string => `${pos} ${feature}`;
