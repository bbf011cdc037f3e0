SELECT topic, template, mean, ci_low, ci_high, n
FROM exploration
WHERE finding = 'blank_before_end' AND items_from_end = 0 AND topic IS NOT NULL
  AND temperature = (FROM main_temperature)
ORDER BY avg(mean) OVER (PARTITION BY topic) DESC, topic, template
