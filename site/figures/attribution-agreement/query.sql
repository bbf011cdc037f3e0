WITH measures AS (
  SELECT 1 AS place, 'sign, weighed by effect' AS measure, sae_id, path, method, sign_by_mass AS mean, ci_low, ci_high, n FROM attribution_agreement
  UNION ALL SELECT 2, 'rank correlation', sae_id, path, method, rank_correlation, rank_low, rank_high, n FROM attribution_agreement
  UNION ALL SELECT 3, 'sign, all of the list', sae_id, path, method, list_sign_by_mass, list_low, list_high, n FROM attribution_agreement
  UNION ALL SELECT 4, 'rank correlation, all of the list', sae_id, path, method, list_rank_correlation, list_rank_low, list_rank_high, n FROM attribution_agreement)
SELECT measure, CASE path WHEN 'zero' THEN 'zero' ELSE 'the other word’s values' END AS path, sae_id, method, mean, ci_low, ci_high, n
FROM measures WHERE mean IS NOT NULL
ORDER BY place, measures.path DESC, sae_order(sae_id), method DESC
