SELECT m.sae_id, m.protocol, sample_id, topic, predicted, measured, rank_correlation, sign_agreement
FROM ablation_metric m
JOIN completions USING (sample_id)
JOIN prediction_quality q ON q.sae_id = m.sae_id AND q.protocol = m.protocol
WHERE arm = 'ablated' AND k = (FROM ablation_k) AND n_edits > 0
ORDER BY sae_order(m.sae_id), m.protocol DESC, topic, sample_id
