import type { Study } from '../../study/studies.ts';
import { featureCards } from '../feature-cards.ts';
import type { FeatureLabel } from './graph.ts';

/** The label of each feature that is in a graph: that of others before a rule’s, else the tokens that it raises. Read once. */
export function featureLabels(study: Study): Promise<Map<string, FeatureLabel>> {
  const labels = read.get(study) ?? query(study);
  read.set(study, labels);
  return labels;
}

const read = new WeakMap<Study, Promise<Map<string, FeatureLabel>>>();

async function query(study: Study): Promise<Map<string, FeatureLabel>> {
  const rows = await study.database.all(`
    SELECT feature_id, label, auc, tokens
    FROM (SELECT DISTINCT feature_id FROM graph_nodes WHERE feature_id IS NOT NULL)
    LEFT JOIN (
      SELECT feature_id, arg_min(label, method = 'rule') AS label, arg_min_null(coalesce(detection_auc, token_auc), method = 'rule') AS auc
      FROM explanations WHERE method <> 'judge' GROUP BY ALL) USING (feature_id)
    LEFT JOIN promoted_tokens USING (feature_id) ORDER BY feature_id`);
  const cards = await featureCards(study);
  return new Map(
    rows.map(({ feature_id, label, auc, tokens }): [string, FeatureLabel] => [
      String(feature_id),
      {
        words: label !== null ? String(label) : tokens === null ? '' : `raises ${tokens}`,
        auc: typeof auc === 'number' ? auc : null,
        hasCard: cards.has(String(feature_id)),
      },
    ]),
  );
}
