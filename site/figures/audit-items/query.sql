SELECT template, n_items, n_lists::INTEGER AS n_lists, items::INTEGER AS printed
FROM original_item_counts JOIN published_items_by_template USING (template) WHERE temperature = 0.8
ORDER BY array_position(['short', 'plain', 'long'], template), n_items
