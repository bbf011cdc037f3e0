SELECT
  CASE quantity WHEN 'p_end' THEN 'probability of the end' ELSE 'entropy (nats)' END AS what,
  template,
  CASE WHEN item_index IS NOT NULL THEN 'from the start' ELSE 'from the end' END AS counted,
  author_words(author) AS author,
  coalesce(item_index + 1, -items_from_end) AS place,
  mean, ci_low, ci_high, n
FROM authorship_by_item
WHERE n >= 10 AND (author <> 'cut' OR items_from_end IS NOT NULL)
ORDER BY what DESC, template DESC, counted DESC, author_order(author), author, place
