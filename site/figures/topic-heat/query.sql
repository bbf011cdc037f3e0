SELECT
  h.sae_id,
  f.feature_id,
  s.rank, h.topic, h.value, f.family, f.n_samples
FROM topic_heat h
JOIN feature_summary s ON s.sae_id = h.sae_id AND s.feature = h.feature AND s.metric = 'blank_newline'
JOIN features f ON f.sae_id = h.sae_id AND f.feature = h.feature
WHERE s.rank <= 16
ORDER BY sae_order(h.sae_id), s.rank, h.topic
