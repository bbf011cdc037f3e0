import { median } from 'd3-array';
import type { clusterMaps } from '../../schema/cluster-maps.ts';
import type { NamedFeatureRow } from '../../schema/released/named-features.ts';
import type { Row } from '../../schema/table.ts';
import { NAMED_FEATURES } from '../../sources/released/files.ts';
import { countParts, type TupleLists } from './tuple-counts.ts';
import type { TupleRow } from './tuple-rows.ts';

/** What the tuples of the named features are set beside. */
export interface NamedFeatureContext extends TupleLists {
  /** Position of the last item's last token, by `sample_id`. */
  readonly metricPositions: ReadonlyMap<string, number>;
  /** [position]: the tokens of the prompt, by `sample_id`. */
  readonly promptTokens: ReadonlyMap<string, readonly string[]>;
  readonly maps: readonly Row<typeof clusterMaps>[];
}

/** One row for each named feature and file with tuples of it; one row for a feature of which no file has any. */
export const namedFeatureRows = (
  tuples: readonly TupleRow[],
  context: NamedFeatureContext,
): NamedFeatureRow[] =>
  NAMED_FEATURES.flatMap(([sae_id, feature]) => {
    const own = tuples.filter((tuple) => tuple.sae_id === sae_id && tuple.feature === feature);
    const byFile = [...Map.groupBy(own, ({ file }) => file).values()];
    const named = { feature_id: `${sae_id}_${feature}`, sae_id, feature };
    const place = placeInMap(named.feature_id, context.maps);
    return (byFile.length === 0 ? [[]] : byFile).map((rows) => ({
      ...named,
      ...countsOf(rows, context),
      ...place,
    }));
  });

function countsOf(
  rows: readonly TupleRow[],
  context: NamedFeatureContext,
): Omit<NamedFeatureRow, 'feature_id' | 'sae_id' | 'feature' | 'leaf_order' | 'n_leaves'> {
  const lists = new Set(rows.map(({ sample_id }) => sample_id));
  const [token, n] = commonestToken(rows, context);
  const places = rows.map(({ pos, sample_id }) => pos / context.metricPositions.get(sample_id)!);
  return {
    file: rows[0]?.file ?? null,
    metric: rows[0]?.metric ?? null,
    n_tuples: rows.length,
    n_lists: lists.size,
    n_topics: new Set([...lists].map((id) => context.topicOf.get(id))).size,
    ...countParts(rows, context),
    prompt_token: token,
    n_prompt_token: n,
    relative_position:
      rows.length === 0 ? null : places.reduce((sum, x) => sum + x, 0) / rows.length,
    median_rank: median(rows, ({ rank }) => rank) ?? null,
  };
}

/** The token of the prompt, the first position left out, that has most tuples, and how many. */
function commonestToken(
  rows: readonly TupleRow[],
  { promptTokens }: NamedFeatureContext,
): [token: string | null, n: number] {
  const tokens = rows.flatMap(({ sample_id, pos }) =>
    pos === 0 ? [] : (promptTokens.get(sample_id)?.[pos] ?? []),
  );
  const counts = [...Map.groupBy(tokens, (token) => token)].map(([token, of]): [string, number] => [
    token,
    of.length,
  ]);
  return counts.toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b))[0] ?? [null, 0];
}

function placeInMap(
  featureId: string,
  maps: readonly Row<typeof clusterMaps>[],
): Pick<NamedFeatureRow, 'leaf_order' | 'n_leaves'> {
  const leaf = maps.find(({ axis, name }) => axis === 'feature' && name === featureId);
  if (leaf === undefined) return { leaf_order: null, n_leaves: null };
  const leaves = maps.filter(({ axis, sae_id }) => axis === 'feature' && sae_id === leaf.sae_id);
  return { leaf_order: leaf.leaf_order, n_leaves: leaves.length };
}
