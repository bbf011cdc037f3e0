import type {
  AttributedFeature,
  AttributionRow,
  PositionShares,
} from '../../interp/attribution/attribution-rows.ts';
import type { attributionSums } from '../../schema/attribution-sums.ts';
import type { attributions } from '../../schema/attributions.ts';
import type { featureAttributions } from '../../schema/feature-attributions.ts';
import type { Row } from '../../schema/table.ts';
import type { tokenAttributions } from '../../schema/token-attributions.ts';

/** The rows of the stage's tables, as they grow. */
export interface AttributionTables {
  readonly attributions: Row<typeof attributions>[];
  readonly tokens: Row<typeof tokenAttributions>[];
  readonly sums: Row<typeof attributionSums>[];
  readonly features: Row<typeof featureAttributions>[];
}

/** The columns that identify a list, SAE and proxy. */
export type AttributionKey = Pick<Row<typeof attributionSums>, 'sample_id' | 'sae_id' | 'metric'>;

/** Append the rows of one list. @param metricPos position at which its metric is read */
export function appendRows(
  out: AttributionTables,
  key: AttributionKey,
  row: AttributionRow,
  metricPos: number,
): void {
  const positions = row.byPosition.map((shares) => ({ ...key, ...columnsOf(shares) }));
  // Attention is causal: later positions cannot affect the metric.
  out.tokens.push(...positions.filter(({ pos }) => pos <= metricPos));
  out.sums.push({ ...key, ...sumOf(positions) });
  out.attributions.push(...rankedRows(key, row));
  out.features.push(...featureRows(key, row));
}

/** One row for each position and feature that any of the rankings contains. */
function rankedRows(key: AttributionKey, row: AttributionRow): AttributionTables['attributions'] {
  const { byValue, byMagnitude, byPart } = row;
  const rankings = [byValue, byMagnitude, byPart.prompt, byPart.prefix];
  const [value, magnitude, prompt, prefix] = rankings.map(ranksOf) as [Ranks, Ranks, Ranks, Ranks];
  const listed = new Map(rankings.flat().map((feature) => [positionKey(feature), feature]));
  return [...listed].map(([position, { pos, feature, featureAct, attribution }]) => ({
    ...key,
    pos,
    feature,
    feature_act: featureAct,
    attribution,
    rank: value.get(position) ?? null,
    rank_by_magnitude: magnitude.get(position) ?? null,
    rank_in_prompt: prompt.get(position) ?? null,
    rank_in_prefix: prefix.get(position) ?? null,
  }));
}

/** Rank from 1, by `positionKey`. */
type Ranks = ReadonlyMap<string, number>;

const ranksOf = (ranking: readonly AttributedFeature[]): Ranks =>
  new Map(ranking.map((feature, i) => [positionKey(feature), i + 1]));

const positionKey = ({ pos, feature }: Pick<AttributedFeature, 'pos' | 'feature'>): string =>
  `${pos} ${feature}`;

/** One row for each feature among the largest by value or magnitude, summed over positions. */
function featureRows(
  key: AttributionKey,
  { byValue, byMagnitude, featureSums, maxActs }: AttributionRow,
): AttributionTables['features'] {
  const features = new Set([...byValue, ...byMagnitude].map(({ feature }) => feature));
  return [...features]
    .sort((a, b) => a - b)
    .map((feature) => ({
      ...key,
      feature,
      attribution: featureSums[feature]!,
      max_act: maxActs[feature]!,
    }));
}

/** The columns of the terms at one position, which add up to the gradient times the activation. */
type TermColumns = Pick<AttributionTables['tokens'][number], 'pos' | (typeof TERMS)[number]>;

const TERMS = ['features', 'error', 'bias'] as const;

/** A skip connection adds something whatever the features do, as the decoder's bias does: one column has both. */
const columnsOf = ({ skip, bias, ...terms }: PositionShares): TermColumns => ({
  ...terms,
  bias: skip === null ? bias : bias + skip,
});

const sumOf = (shares: readonly TermColumns[]) => {
  const total = (part: (typeof TERMS)[number]) =>
    shares.reduce((sum, share) => sum + share[part], 0);
  return { features: total('features'), error: total('error'), bias: total('bias') };
};
