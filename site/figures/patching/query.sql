SELECT
  CASE direction WHEN 'noising' THEN 'the other word’s values into the list’s run' ELSE 'the list’s values into the other word’s run' END AS way,
  position_kind AS position, layer + 1 AS layers, share AS mean, ci_low, ci_high, estimated_share AS estimate, n
FROM patching
WHERE share IS NOT NULL
ORDER BY direction DESC, array_position(['word', 'prompt', 'list'], position_kind), layer
