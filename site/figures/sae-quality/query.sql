SELECT
  quantity,
  CASE position_kind
    WHEN 'all' THEN 'every token'
    WHEN 'answer' THEN 'the answer'
    ELSE token_words(position_kind) || ' tokens'
  END AS at,
  sae_id, value, n
FROM (
  UNPIVOT (
    SELECT sae_id, position_kind, n, l0 AS "active features a token",
      fvu AS "variance left unexplained", loss_recovered AS "cross-entropy recovered"
    FROM sae_quality
  ) ON "variance left unexplained", "active features a token", "cross-entropy recovered"
  INTO NAME quantity VALUE value
)
WHERE position_kind IN ('all', 'answer', 'prompt', 'marker', 'item', 'newline')
ORDER BY array_position(['variance left unexplained', 'active features a token', 'cross-entropy recovered'], quantity),
  array_position(['all', 'answer', 'prompt', 'marker', 'item', 'newline'], position_kind),
  sae_order(sae_id)
