import { quote } from '../../queries/sql.ts';
import type { Study } from '../../study/studies.ts';
import type { FeatureContext } from './panel.ts';

/** Contexts of each feature: those with the greatest activations. */
const CONTEXTS = 3;

/** The features of one layer that are in any graph, each with where it is most active. */
export async function graphContexts(
  { database }: Study,
  saeId: string,
): Promise<Record<string, FeatureContext[]>> {
  const rows = await database.nested<{
    readonly feature_id: string;
    readonly tokens: readonly string[];
    readonly activations: readonly number[];
  }>(`
    SELECT feature_id, activations, (
      SELECT list(token ORDER BY pos) FROM tokens t
      WHERE t.sample_id = c.sample_id AND pos >= first_pos AND pos < first_pos + len(activations)) AS tokens
    FROM feature_contexts c
    WHERE sae_id = ${quote(saeId)} AND rank <= ${CONTEXTS} AND feature_id IN (SELECT feature_id FROM graph_nodes)
    ORDER BY feature, rank`);
  return Object.fromEntries(
    [...Map.groupBy(rows, ({ feature_id }) => feature_id)].map(([id, of]) => [
      id,
      of.map(
        ({ tokens, activations }): FeatureContext => [
          tokens,
          activations.map((act) => Number(act.toPrecision(3))),
        ],
      ),
    ]),
  );
}

/** The transcoders of the features in graphs. */
export const graphSaes = async ({ database }: Study): Promise<string[]> =>
  (
    await database.all(`
      SELECT DISTINCT sae_id FROM feature_contexts
      WHERE feature_id IN (SELECT feature_id FROM graph_nodes) ORDER BY sae_id`)
  ).map(({ sae_id }) => String(sae_id));
