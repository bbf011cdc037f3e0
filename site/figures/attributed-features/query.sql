SELECT
  CASE metric
    WHEN 'blank_newline' THEN 'a blank over a newline, after the last item'
    ELSE 'the end of the turn over a hyphen, after its newline'
  END AS metric,
  sae_id,
  sae_id || '_' || feature AS name,
  rank, mean, ci_low, ci_high, n, n_lists, n_topics
FROM feature_summary
WHERE rank <= 12
ORDER BY feature_summary.metric, array_position(['res', 'att', 'mlp', 'tc'], regexp_extract(sae_id, '^[a-z]+')),
  regexp_extract(sae_id, '\d+')::INTEGER, rank
