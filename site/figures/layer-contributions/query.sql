SELECT
  comparison_at_items(proxy) AS proxy,
  template,
  CASE items_from_end WHEN 0 THEN 'the last item' ELSE 'three items before' END AS place,
  CASE component WHEN 'embed' THEN 'embedding' WHEN 'attn' THEN 'attention ' || layer ELSE 'MLP ' || layer END AS part,
  layer, component, mean, ci_low, ci_high, n
FROM logit_lens_summary
WHERE component IS NOT NULL AND n >= 10 AND items_from_end IN (0, 3)
ORDER BY logit_lens_summary.proxy, array_position(['short', 'plain', 'long'], template), items_from_end, layer, component
