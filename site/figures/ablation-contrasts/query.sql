SELECT chosen, set_to, measure, protocol, sae_id, control, mean, ci_low, ci_high, share_topics, n_cut, n
FROM contrasts_in_words
JOIN ablation_measures USING (metric)
ORDER BY chosen DESC, set_to DESC, place, protocol DESC, sae_order(sae_id), control DESC
