SELECT comparison(metric) AS metric, s.sae_id, s.sae_id || '_' || s.feature AS feature_id,
  rank, mean, ci_low, ci_high, gradient, n, n_lists, n_topics, coalesce(label, '') AS label, coalesce(tokens, '') AS promotes
FROM feature_summary s
LEFT JOIN feature_labels l ON l.feature_id = s.sae_id || '_' || s.feature
LEFT JOIN promoted_tokens p ON p.feature_id = s.sae_id || '_' || s.feature
WHERE rank <= 12
ORDER BY s.metric, sae_order(s.sae_id), rank
