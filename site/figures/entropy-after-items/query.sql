SELECT
  template,
  CASE WHEN item_index IS NOT NULL THEN 'from the start' ELSE 'from the end' END AS counted,
  condition,
  CASE quantity WHEN 'entropy' THEN 'model' ELSE 'process' END AS source,
  coalesce(item_index + 1, -items_from_end) AS place,
  mean, ci_low, ci_high, n
FROM entropy_summary
WHERE quantity IN ('entropy', 'true_entropy') AND position_kind = 'item' AND n >= 10
ORDER BY template DESC, counted DESC, condition, source, place
