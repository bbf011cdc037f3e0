SELECT coalesce(topic, 'all topics') AS topic, template, n_items, count(*) AS n_lists
FROM main_lists
GROUP BY GROUPING SETS ((template, n_items), (main_lists.topic, template, n_items))
ORDER BY main_lists.topic NULLS FIRST, template, n_items
