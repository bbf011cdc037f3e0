WITH promoted AS (
  SELECT sae_id, feature,
    string_agg(replace(replace(token, chr(10), '↵'), ' ', '␣'), '  ' ORDER BY rank) AS tokens
  FROM feature_logits
  WHERE effect = 'promoted' AND rank <= 4
  GROUP BY sae_id, feature
)
SELECT
  CASE metric
    WHEN 'blank_newline' THEN 'a blank over a newline, after the last item'
    ELSE 'the end of the turn over a hyphen, after its newline'
  END AS metric,
  s.sae_id,
  s.sae_id || '_' || s.feature AS name,
  s.rank, mean, ci_low, ci_high, n, n_lists, n_topics,
  coalesce(tokens, '') AS promotes
FROM feature_summary s
LEFT JOIN promoted p ON p.sae_id = s.sae_id AND p.feature = s.feature
WHERE s.rank <= 12
ORDER BY s.metric, array_position(['res', 'att', 'mlp', 'tc'], regexp_extract(s.sae_id, '^[a-z]+')),
  regexp_extract(s.sae_id, '\d+')::INTEGER, s.rank
