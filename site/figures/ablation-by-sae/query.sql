SELECT protocol, measure, sae_id, arm, mean, ci_low, ci_high, arm_mean, p_adjusted, n, null_low, null_high
FROM ablation_differences
JOIN ablation_null USING (protocol, metric)
JOIN ablation_measures USING (metric)
WHERE topic IS NULL AND arm IN ('ablated', 'random', 'reconstruction') AND coalesce(k, main_k) = main_k
ORDER BY place, protocol DESC, sae_order(sae_id), arm
