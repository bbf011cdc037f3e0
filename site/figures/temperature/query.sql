SELECT
  CASE metric
    WHEN 'blank_after' THEN 'blank after the last item'
    WHEN 'n_items' THEN 'items a list'
    WHEN 'n_tokens' THEN 'tokens an item'
    WHEN 'has_repeat' THEN 'lists with a repeat'
    WHEN 'ended' THEN 'lists that ended'
    WHEN 'loops' THEN 'lists that loop'
  END AS quantity,
  coalesce(topic, 'all topics') AS topic,
  temperature, mean, ci_low, ci_high, n
FROM exploration
WHERE template = 'short' AND metric IN ('blank_after', 'n_items', 'n_tokens', 'has_repeat', 'ended', 'loops')
  AND (finding <> 'loops' OR metric = 'loops') AND coalesce(items_from_end, 0) = 0
-- Where no list has such a blank, a model's lists end in another way: there is nothing to compare.
QUALIFY metric <> 'blank_after' OR max(mean) OVER (PARTITION BY metric) > 0
ORDER BY array_position(['blank_after', 'has_repeat', 'n_items', 'n_tokens', 'ended', 'loops'], metric),
  exploration.topic NULLS FIRST, temperature
