SELECT
  quantity,
  CASE position_kind
    WHEN 'all' THEN 'every token'
    WHEN 'answer' THEN 'the answer'
    ELSE position_kind || ' tokens'
  END AS at,
  sae_id, value, n
FROM (
  UNPIVOT (
    SELECT sae_id, layer, position_kind, n, n_features, l0 AS "active features a token",
      fvu AS "variance left unexplained", loss_recovered AS "cross-entropy recovered"
    FROM sae_quality
  ) ON "variance left unexplained", "active features a token", "cross-entropy recovered"
  INTO NAME quantity VALUE value
)
WHERE position_kind IN ('all', 'answer', 'prompt', 'hyphen', 'item', 'newline')
ORDER BY array_position(['variance left unexplained', 'active features a token', 'cross-entropy recovered'], quantity),
  array_position(['all', 'answer', 'prompt', 'hyphen', 'item', 'newline'], position_kind),
  array_position(['res', 'att', 'mlp', 'tc'], regexp_extract(sae_id, '^[a-z]+')), layer
