import type { AttributedFeature } from '../../interp/attribution/attribution-rows.ts';
import { type AttributedList, type AttributionTables, positionKey, ranksOf } from './rows.ts';

/** Append the features through which the swapped qualifier adds to the metric, by part of the list. */
export function appendSwaps(
  out: AttributionTables,
  { key: { sample_id, sae_id }, row: { byPart } }: AttributedList,
): void {
  const adding = ({ attribution }: AttributedFeature) => attribution > 0;
  const [prompt, prefix] = [byPart.prompt.filter(adding), byPart.prefix.filter(adding)];
  const [inPrompt, inPrefix] = [ranksOf(prompt), ranksOf(prefix)];
  const listed = new Map([...prompt, ...prefix].map((feature) => [positionKey(feature), feature]));
  for (const [position, { pos, feature, featureAct, startAct, attribution, gradient }] of listed)
    out.swaps.push({
      sample_id,
      sae_id,
      pos,
      feature,
      feature_act: featureAct,
      swapped_act: startAct,
      attribution,
      gradient,
      rank_in_prompt: inPrompt.get(position) ?? null,
      rank_in_prefix: inPrefix.get(position) ?? null,
    });
}
