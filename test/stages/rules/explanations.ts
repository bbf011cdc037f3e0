/** Of labels of features, and of their scores. */
export const EXPLANATION_RULES: Record<string, string> = {
  'a feature has one label by each method, and one by rule if it has any': `
    SELECT feature_id FROM explanations GROUP BY feature_id, method HAVING count(*) > 1
    UNION ALL SELECT feature_id FROM explanations GROUP BY feature_id HAVING count(*) FILTER (method = 'rule') <> 1`,
  'the most attributed feature of each SAE, and every feature of the average graph, has a label': `
    SELECT DISTINCT sae_id || '_' || feature FROM feature_summary WHERE rank = 1 AND metric = 'blank_newline'
    EXCEPT SELECT feature_id FROM explanations
    UNION ALL (SELECT DISTINCT feature_id FROM graph_average_nodes WHERE feature_id IS NOT NULL EXCEPT SELECT feature_id FROM explanations)`,
  'scores are probabilities': `
    SELECT feature_id FROM explanations, (VALUES (detection_auc), (token_auc), (output_score), (shuffled_auc)) AS s(score)
    WHERE NOT score BETWEEN 0 AND 1`,
  'what has no rule has no scores by rule, and what is never active in held-out topics none': `
    SELECT feature_id FROM explanations WHERE method = 'rule' AND rule IS NULL AND (token_auc IS NOT NULL OR detection_auc IS NOT NULL)
    UNION ALL SELECT feature_id FROM explanations WHERE method <> 'judge' AND n_held_out = 0
      AND (token_auc IS NOT NULL OR detection_auc IS NOT NULL OR shuffled_auc IS NOT NULL)
    UNION ALL SELECT feature_id FROM explanations WHERE method <> 'rule' AND (rule IS NOT NULL OR output_score IS NOT NULL)
    UNION ALL SELECT feature_id FROM explanations WHERE method = 'judge' AND token_auc IS NOT NULL`,
  'the judge has the labels by rule': `
    SELECT j.feature_id FROM explanations j ANTI JOIN explanations r
      ON r.feature_id = j.feature_id AND r.method = 'rule' AND r.label = j.label AND r.rule IS NOT NULL
    WHERE j.method = 'judge'`,
  'the summary has every label once': `
    SELECT method FROM explanation_summary FULL JOIN (SELECT method, count(*) AS labels FROM explanations GROUP BY method) USING (method)
    WHERE labels IS DISTINCT FROM n_features`,
  'shares and means are within their intervals, and there where something is scored': `
    SELECT method FROM explanation_summary WHERE NOT (share_above BETWEEN share_low AND share_high AND auc BETWEEN auc_low AND auc_high
      AND shuffled BETWEEN shuffled_low AND shuffled_high AND output_score BETWEEN output_low AND output_high)
    UNION ALL SELECT method FROM explanation_summary WHERE (n_scored = 0) <> (share_above IS NULL) OR (n_scored = 0) <> (auc IS NULL)`,
};
