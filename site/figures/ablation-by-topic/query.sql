SELECT sae_id, measure, protocol, topic, arm, mean, ci_low, ci_high, n
FROM ablation_differences
JOIN ablation_measures USING (metric)
WHERE topic IS NOT NULL AND arm IN ('ablated', 'random') AND k = main_k AND metric IN ('n_items', 'shannon_rarefied', 'n_repeats')
ORDER BY sae_order(sae_id), place, protocol DESC, topic, arm
