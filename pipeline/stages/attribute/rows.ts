import type {
  AttributedFeature,
  AttributionRow,
  Shares,
} from '../../interp/attribution/attribution-rows.ts';
import type { attributionSums } from '../../schema/attribution-sums.ts';
import type { attributions } from '../../schema/attributions.ts';
import type { featureAttributions } from '../../schema/feature-attributions.ts';
import type { Row } from '../../schema/table.ts';
import type { tokenAttributions } from '../../schema/token-attributions.ts';

/** Rows of the tables of attributions. */
export interface AttributionTables {
  readonly attributions: Row<typeof attributions>[];
  readonly tokens: Row<typeof tokenAttributions>[];
  readonly sums: Row<typeof attributionSums>[];
  readonly features: Row<typeof featureAttributions>[];
}

/** Which list, SAE and proxy a row is about. */
export type AttributionKey = Pick<Row<typeof attributionSums>, 'sample_id' | 'sae_id' | 'metric'>;

/** Keep the rows of one list. @param metricPos where its metric is read */
export function record(
  out: AttributionTables,
  key: AttributionKey,
  row: AttributionRow,
  metricPos: number,
): void {
  const { byValue, byMagnitude, byPart, featureSums, maxActs, byPosition } = row;
  const positions = byPosition.map((shares) => ({ ...key, ...shares }));
  // What comes after the metric's position has no part in it.
  out.tokens.push(...positions.filter(({ pos }) => pos <= metricPos));
  out.sums.push({ ...key, ...sumOf(byPosition) });
  const placeOf = ({ pos, feature }: { pos: number; feature: number }) => `${pos} ${feature}`;
  const ranksOf = (list: readonly AttributedFeature[]) =>
    new Map(list.map((feature, i) => [placeOf(feature), i + 1]));
  const ranks = ranksOf(byValue);
  const magnitudes = ranksOf(byMagnitude);
  const [inPrompt, inPrefix] = [ranksOf(byPart.prompt), ranksOf(byPart.prefix)];
  const largest = [...byValue, ...byMagnitude];
  const listed = new Map(
    [...largest, ...byPart.prompt, ...byPart.prefix].map((feature) => [placeOf(feature), feature]),
  );
  for (const [place, { pos, feature, featureAct, attribution }] of listed)
    out.attributions.push({
      ...key,
      pos,
      feature,
      feature_act: featureAct,
      attribution,
      rank: ranks.get(place) ?? null,
      rank_by_magnitude: magnitudes.get(place) ?? null,
      rank_in_prompt: inPrompt.get(place) ?? null,
      rank_in_prefix: inPrefix.get(place) ?? null,
    });
  const named = [...new Set(largest.map(({ feature }) => feature))].sort((a, b) => a - b);
  for (const feature of named)
    out.features.push({
      ...key,
      feature,
      attribution: featureSums[feature]!,
      max_act: maxActs[feature]!,
    });
}

const sumOf = (shares: readonly Shares[]): Shares => {
  const total = (part: keyof Shares) => shares.reduce((sum, share) => sum + share[part], 0);
  return { features: total('features'), error: total('error'), bias: total('bias') };
};
