SELECT protocol, measure, sae_id, k, mean, ci_low, ci_high, n, null_low, null_high
FROM ablation_differences
JOIN ablation_null USING (protocol, metric)
JOIN ablation_measures USING (metric)
WHERE topic IS NULL AND arm = 'ablated' AND metric IN ('n_items', 'n_repeats', 'topic_shannon_rarefied')
ORDER BY place, protocol DESC, sae_order(sae_id), k
