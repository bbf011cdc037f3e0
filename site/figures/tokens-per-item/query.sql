SELECT topic, template, mean, ci_low, ci_high, n
FROM exploration
WHERE finding = 'tokens_per_item' AND topic IS NOT NULL
  AND temperature = (FROM main_temperature)
ORDER BY avg(mean) OVER (PARTITION BY topic) DESC, topic, template
