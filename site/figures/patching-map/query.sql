SELECT
  CASE direction WHEN 'noising' THEN 'the other word’s values into the list’s run' ELSE 'the list’s values into the other word’s run' END AS way,
  shown, region, place, label, layer + 1 AS layers, value, ci_low, ci_high, n
FROM (
  SELECT direction, 'measured' AS shown, region, place, label, layer, share AS value, ci_low, ci_high, n FROM patching_map
  UNION ALL
  SELECT direction, 'to first order', region, place, label, layer, estimated_share, NULL, NULL, n FROM patching_map
)
WHERE value IS NOT NULL
ORDER BY direction DESC, shown, place, layer
