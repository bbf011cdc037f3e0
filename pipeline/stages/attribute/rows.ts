import type {
  AttributedFeature,
  AttributionRow,
  PositionShares,
} from '../../interp/attribution/attribution-rows.ts';
import type { ActiveRow } from '../../schema/active-features.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import type { attributionSums } from '../../schema/attribution-sums.ts';
import type { attributions } from '../../schema/attributions.ts';
import type { featureAttributions } from '../../schema/feature-attributions.ts';
import type { SwapAttributionRow } from '../../schema/swap-attributions.ts';
import type { Row } from '../../schema/table.ts';
import type { tokenAttributions } from '../../schema/token-attributions.ts';

/** The rows of the stage's tables, as they grow. */
export interface AttributionTables {
  readonly attributions: Row<typeof attributions>[];
  readonly tokens: Row<typeof tokenAttributions>[];
  readonly sums: Row<typeof attributionSums>[];
  readonly features: Row<typeof featureAttributions>[];
  readonly swaps: SwapAttributionRow[];
  readonly pool: ActiveRow[];
}

export const emptyTables = (): AttributionTables => ({
  attributions: [],
  tokens: [],
  sums: [],
  features: [],
  swaps: [],
  pool: [],
});

/** The columns that identify a list, SAE and proxy. */
export type AttributionKey = Pick<Row<typeof attributionSums>, 'sample_id' | 'sae_id' | 'metric'>;

/** What was found in one list. */
export interface AttributedList {
  readonly key: AttributionKey;
  readonly path: Path;
  readonly row: AttributionRow;
  /** Position at which the metric is read. */
  readonly metricPos: number;
}

/** Append what one list has by the path that ranks features. */
export function appendRanked(
  out: AttributionTables,
  { key, row, metricPos }: AttributedList,
): void {
  const positions = row.byPosition.map((shares) => ({ ...key, ...columnsOf(shares) }));
  // Attention is causal: later positions cannot affect the metric.
  out.tokens.push(...positions.filter(({ pos }) => pos <= metricPos));
  out.attributions.push(...rankedRows(key, row));
  out.features.push(...featureRows(key, row));
}

/** Append what all positions of one list add up to, beside the metric at the ends of the path. */
export function appendSum(out: AttributionTables, { key, path, row }: AttributedList): void {
  const total = (term: (typeof TERMS)[number]) =>
    row.byPosition.map(columnsOf).reduce((sum, columns) => sum + columns[term], 0);
  const { start, end, points } = row.metrics;
  const features = total('features');
  out.sums.push({
    ...key,
    path,
    features,
    gradient: total('gradient'),
    error: total('error'),
    bias: total('bias'),
    metric_start: start,
    metric_end: end,
    completeness_error: start === null ? null : features - (end - start),
    n_points: points,
  });
}

/** One row for each active feature at a position that any of the rankings contains. */
function rankedRows(key: AttributionKey, row: AttributionRow): AttributionTables['attributions'] {
  const { byValue, byMagnitude, byPart } = row;
  // From the swapped prompt's values, a feature that is not active in the list changes too.
  const rankings = [byValue, byMagnitude, byPart.prompt, byPart.prefix].map((ranking) =>
    ranking.filter(({ featureAct }) => featureAct > 0),
  );
  const [value, magnitude, prompt, prefix] = rankings.map(ranksOf) as [Ranks, Ranks, Ranks, Ranks];
  const listed = new Map(rankings.flat().map((feature) => [positionKey(feature), feature]));
  return [...listed].map(([position, { pos, feature, featureAct, attribution, gradient }]) => ({
    ...key,
    pos,
    feature,
    feature_act: featureAct,
    attribution,
    gradient,
    rank: value.get(position) ?? null,
    rank_by_magnitude: magnitude.get(position) ?? null,
    rank_in_prompt: prompt.get(position) ?? null,
    rank_in_prefix: prefix.get(position) ?? null,
  }));
}

/** Rank from 1, by `positionKey`. */
export type Ranks = ReadonlyMap<string, number>;

export const ranksOf = (ranking: readonly AttributedFeature[]): Ranks =>
  new Map(ranking.map((feature, i) => [positionKey(feature), i + 1]));

export const positionKey = ({ pos, feature }: Pick<AttributedFeature, 'pos' | 'feature'>): string =>
  `${pos} ${feature}`;

/** One row for each feature among the largest by value or magnitude, summed over positions. */
function featureRows(
  key: AttributionKey,
  { byValue, byMagnitude, featureSums, gradientSums, maxActs }: AttributionRow,
): AttributionTables['features'] {
  const active = [...byValue, ...byMagnitude].filter(({ featureAct }) => featureAct > 0);
  return [...new Set(active.map(({ feature }) => feature))]
    .sort((a, b) => a - b)
    .map((feature) => ({
      ...key,
      feature,
      attribution: featureSums[feature]!,
      gradient: gradientSums[feature]!,
      max_act: maxActs[feature]!,
    }));
}

const TERMS = ['features', 'gradient', 'error', 'bias'] as const;

/** The columns of the terms at one position; the last three add up to the gradient times the activation. */
type TermColumns = Pick<AttributionTables['tokens'][number], 'pos' | (typeof TERMS)[number]>;

/** A skip connection adds something whatever the features do, as the decoder's bias does: one column has both. */
const columnsOf = ({ skip, bias, ...terms }: PositionShares): TermColumns => ({
  ...terms,
  bias: skip === null ? bias : bias + skip,
});
