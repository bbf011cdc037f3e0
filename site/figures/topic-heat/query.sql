SELECT
  h.sae_id,
  h.sae_id || '_' || h.feature AS name,
  s.rank, h.topic, h.value, f.family, f.n_samples
FROM topic_heat h
JOIN feature_summary s ON s.sae_id = h.sae_id AND s.feature = h.feature AND s.metric = 'blank_newline'
JOIN features f ON f.sae_id = h.sae_id AND f.feature = h.feature
WHERE s.rank <= 12
ORDER BY array_position(['res', 'att', 'mlp', 'tc'], regexp_extract(h.sae_id, '^[a-z]+')),
  regexp_extract(h.sae_id, '\d+')::INTEGER, s.rank, h.topic
