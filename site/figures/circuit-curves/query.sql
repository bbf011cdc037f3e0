SELECT CASE errors WHEN true THEN 'kept' ELSE 'dropped' END AS errors, rest, part, ranking, n_nodes, sum(value - none) / sum("all" - none) AS share, count(*) AS n
FROM (
  SELECT *, 'features kept alone' AS part, kept AS value FROM circuit_curves
  UNION ALL SELECT *, 'features taken away', removed FROM circuit_curves)
GROUP BY ALL
HAVING count(*) = (SELECT count(DISTINCT sample_id) FROM circuit_curves) AND abs(sum("all" - none)) > 0
ORDER BY part, errors DESC, rest DESC, ranking_order(ranking), n_nodes
