SELECT template, condition, CASE WHEN (template = 'short') = (condition = 'clean') THEN 'short' ELSE 'long' END AS word,
  item_index + 1 AS place, mean, ci_low, ci_high, n
FROM entropy_summary
WHERE quantity = 'p_end' AND position_kind = 'item' AND item_index IS NOT NULL AND n >= 10
ORDER BY template DESC, condition, place
