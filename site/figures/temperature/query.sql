SELECT
  CASE metric
    WHEN 'blank_after' THEN 'blank after the last item'
    WHEN 'n_items' THEN 'items a list'
    WHEN 'n_tokens' THEN 'tokens an item'
    WHEN 'has_repeat' THEN 'lists with a repeat'
  END AS quantity,
  coalesce(topic, 'all topics') AS topic,
  temperature, mean, ci_low, ci_high, n
FROM exploration
WHERE template = 'short' AND metric IN ('blank_after', 'n_items', 'n_tokens', 'has_repeat')
  AND coalesce(items_from_end, 0) = 0
ORDER BY metric, exploration.topic NULLS FIRST, temperature
