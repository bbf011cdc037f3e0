SELECT comparison(metric) AS metric, sae_id, sae_id || '_' || feature AS feature_id,
  rank, mean, ci_low, ci_high, gradient, n, n_lists, n_topics, coalesce(tokens, '') AS promotes
FROM feature_summary
LEFT JOIN promoted_tokens ON feature_id = sae_id || '_' || feature
WHERE rank <= 12
ORDER BY feature_summary.metric, sae_order(sae_id), rank
