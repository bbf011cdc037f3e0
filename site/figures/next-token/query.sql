SELECT
  CASE quantity
    WHEN 'p_blank' THEN 'a blank, after the item'
    WHEN 'p_newline' THEN 'a newline, after the item'
    WHEN 'p_end_of_turn' THEN 'the end of the turn, after the newline'
    WHEN 'p_hyphen' THEN 'a hyphen, after the newline'
  END AS what,
  template, condition, items_from_end, mean, ci_low, ci_high, n
FROM entropy_summary
WHERE items_from_end < 10 AND n >= 10
  AND ((position_kind = 'item' AND quantity IN ('p_blank', 'p_newline'))
    OR (position_kind = 'newline' AND quantity IN ('p_end_of_turn', 'p_hyphen')))
ORDER BY quantity, template DESC, condition, items_from_end DESC
