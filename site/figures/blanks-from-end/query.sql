SELECT template, items_from_end, mean, ci_low, ci_high, n
FROM exploration
WHERE finding = 'blank_before_end' AND topic IS NULL AND items_from_end < 10
  AND temperature = (FROM main_temperature)
ORDER BY template, items_from_end DESC
