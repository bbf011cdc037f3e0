SELECT
  quantity,
  CASE position_kind
    WHEN 'all' THEN 'every token'
    WHEN 'answer' THEN 'the answer'
    WHEN 'prompt' THEN 'the prompt'
    ELSE token_words(position_kind) || ' tokens'
  END AS at,
  sae_id, value, n
FROM (
  UNPIVOT (
    SELECT sae_id, position_kind, n, l0 AS "active features a token",
      fvu AS "variance left unexplained", fvu_without_outliers AS "the same without outliers",
      cross_entropy_rise AS "rise of the cross-entropy (nats)", loss_recovered AS "cross-entropy recovered",
      loss_recovered_over_mean AS "the same against the mean"
    FROM sae_quality
  ) ON "variance left unexplained", "the same without outliers", "active features a token",
    "rise of the cross-entropy (nats)", "cross-entropy recovered", "the same against the mean"
  INTO NAME quantity VALUE value
)
WHERE position_kind IN ('all', 'answer', 'prompt', 'marker', 'item', 'newline')
ORDER BY array_position(['variance left unexplained', 'the same without outliers', 'active features a token',
    'rise of the cross-entropy (nats)', 'cross-entropy recovered', 'the same against the mean'], quantity),
  array_position(['all', 'answer', 'prompt', 'marker', 'item', 'newline'], position_kind),
  sae_order(sae_id)
