/** Of lists by several authors, as the model reads them. */
export const AUTHORSHIP_RULES: Record<string, string> = {
  'every list of an author is read item by item, or has a reason why not': `
    SELECT l.list_id FROM authorship_lists l LEFT JOIN authorship a USING (list_id)
    GROUP BY l.list_id, n_items, reason HAVING count(a.list_id) <> n_items OR (reason IS NULL) <> (n_items > 0)`,
  'the model has read its own lists and those by hand': `
    SELECT 'own' WHERE (SELECT count(*) FROM authorship WHERE author = 'own') = 0
    UNION ALL SELECT 'by hand' WHERE (SELECT count(*) FROM authorship WHERE author = 'by-hand') = 0`,
  'probabilities and likelihoods of authors’ items are within bounds': `
    SELECT list_id FROM authorship WHERE p_end < 0 OR p_end + p_again > 1.0001 OR entropy < -1e-6
      OR log_likelihood > 1e-6 OR abs(log_likelihood - n_tokens * log_likelihood_per_token) > 1e-6`,
  // A model reads from left to right: what comes after an item does not change how it was read.
  'a cut or extended list reads as the whole one as far as they are the same': `
    SELECT a.list_id FROM authorship a JOIN authorship o USING (topic, template, item_index)
    WHERE o.author = 'own' AND a.author IN ('cut', 'extended') AND (abs(a.p_end - o.p_end) > 1e-4
      OR abs(a.entropy - o.entropy) > 1e-3 OR abs(a.log_likelihood - o.log_likelihood) > 1e-3)`,
  'a shuffled list has the same items in another order': `
    SELECT topic FROM (SELECT author, topic, template, list_sort(list(n_tokens)) AS lengths FROM authorship GROUP BY ALL)
    WHERE author IN ('own', 'shuffled') GROUP BY topic, template HAVING count(DISTINCT lengths) <> 1 AND count(*) = 2
    UNION ALL SELECT list_id FROM (SELECT topic, template, list(log_likelihood ORDER BY item_index) AS l, 'same' AS list_id
      FROM authorship WHERE author IN ('own', 'shuffled') GROUP BY author, topic, template)
    GROUP BY topic, template, list_id HAVING count(*) = 2 AND count(DISTINCT l) = 1`,
};
