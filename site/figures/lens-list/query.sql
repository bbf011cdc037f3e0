SELECT comparison_at_items(proxy) AS proxy, template, topic,
  (item_index + 1) || ' ' || trim(items.text) AS item, item_index + 1 AS place, layer + 1 AS layers, logit_diff
FROM logit_lens_lists
JOIN completions USING (sample_id)
JOIN items USING (sample_id, item_index)
ORDER BY logit_lens_lists.proxy, topic, array_position(['short', 'plain', 'long'], template), item_index, layer
