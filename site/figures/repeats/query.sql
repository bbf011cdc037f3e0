SELECT
  CASE metric WHEN 'has_repeat' THEN 'lists with a repeat' ELSE 'repeats a list' END AS quantity,
  coalesce(topic, 'all topics') AS topic,
  template || ' at ' || temperature AS prompt,
  template, temperature, mean, ci_low, ci_high, n
FROM exploration
WHERE finding = 'repeats'
ORDER BY metric, exploration.topic NULLS FIRST,
  array_position(['short', 'plain', 'long'], template), temperature
