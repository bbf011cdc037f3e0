WITH mean_curves AS (
  SELECT part, errors, rest, ranking, n_nodes, sum(value - none) / sum("all" - none) AS share, count(*) AS n
  FROM (
    SELECT *, 'features kept alone' AS part, kept AS value FROM circuit_curves
    UNION ALL SELECT *, 'features taken away', removed FROM circuit_curves)
  GROUP BY part, errors, rest, ranking, n_nodes
  HAVING count(*) = (SELECT count(DISTINCT sample_id) FROM circuit_curves) AND sum("all" - none) <> 0)
SELECT part, CASE errors WHEN true THEN 'kept' ELSE 'dropped' END AS errors, rest, ranking, n_nodes, share, n
FROM mean_curves
ORDER BY part, mean_curves.errors DESC, rest DESC, ranking_order(ranking), n_nodes
