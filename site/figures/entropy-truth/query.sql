WITH places AS (
  SELECT position_kind, condition,
    floor(true_entropy / 0.05) * 0.05 AS process,
    floor(entropy / 0.05) * 0.05 AS model
  FROM entropy
  WHERE true_entropy IS NOT NULL
)
SELECT
  'after the ' || position_kind AS position_kind, condition,
  round(process + 0.025, 3) AS process, round(model + 0.025, 3) AS model, count(*) AS places
FROM places
GROUP BY ALL
ORDER BY condition, position_kind, process, model
