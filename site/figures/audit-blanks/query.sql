SELECT temperature::VARCHAR AS temperature, rule, items_from_end, mean, ci_low, ci_high, n FROM original_audit
WHERE quantity = 'blank' AND template = 'short' AND topic IS NULL
ORDER BY temperature = '0.8' DESC, temperature, rule, items_from_end DESC
