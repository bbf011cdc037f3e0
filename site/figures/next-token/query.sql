SELECT
  CASE quantity WHEN 'p_end' THEN 'the end' ELSE 'another item' END
    || CASE position_kind WHEN 'item' THEN ', after the item' ELSE ', after the newline' END AS what,
  template, condition, items_from_end, mean, ci_low, ci_high, n
FROM entropy_summary
WHERE items_from_end < 10 AND n >= 10 AND quantity IN ('p_end', 'p_again')
ORDER BY quantity = 'p_again', position_kind, template DESC, condition, items_from_end DESC
