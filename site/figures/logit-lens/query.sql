SELECT
  comparison_at_items(proxy) AS proxy,
  template,
  CASE WHEN item_index IS NOT NULL THEN 'from the start' ELSE 'from the end' END AS counted,
  CASE
    WHEN item_index IS NOT NULL THEN 'item ' || (item_index + 1)
    WHEN items_from_end = 0 THEN 'last'
    ELSE items_from_end || ' before the last'
  END AS item,
  layer + 1 AS layers,
  mean, ci_low, ci_high, n
FROM logit_lens_summary
WHERE component IS NULL AND n >= 10 AND coalesce(item_index, items_from_end) < 6
ORDER BY logit_lens_summary.proxy, array_position(['short', 'plain', 'long'], template), counted DESC,
  coalesce(item_index, -items_from_end), layer
