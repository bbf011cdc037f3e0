WITH leaves AS (
  SELECT sae_id, axis, name, leaf_order, count(*) OVER (PARTITION BY sae_id, axis) AS n
  FROM cluster_maps
),
cells AS (
  SELECT c.sae_id, f.leaf_order AS x, s.leaf_order AS y, round(value, 3) AS value, f.name AS feature_id, sample_id
  FROM cluster_cells c
  JOIN leaves f ON f.sae_id = c.sae_id AND f.axis = 'feature' AND f.name = c.sae_id || '_' || c.feature
  JOIN leaves s ON s.sae_id = c.sae_id AND s.axis = 'sample' AND s.name = c.sample_id
),
-- Trees stand left of the map and above it, each a sixth of the map's side; a leaf's leg is in the middle of its cell.
brackets AS (
  SELECT m.*, n / 6 / max(height) OVER (PARTITION BY m.sae_id, m.axis) AS scale
  FROM cluster_merges m
  JOIN (SELECT DISTINCT sae_id, axis, n FROM leaves) o ON o.sae_id = m.sae_id AND o.axis <> m.axis
),
-- Five points a bracket: up one leg, along the bar, down the other, and a gap.
points AS (
  SELECT sae_id, axis, cluster, corner,
    [left_place, left_place, right_place, right_place, NULL][corner] + 0.5 AS along,
    -scale * [left_height, height, height, right_height, NULL][corner] AS above
  FROM brackets, range(1, 6) AS c(corner)
),
drawn AS (
  SELECT sae_id, 'cell' AS part, x, y, value, feature_id, sample_id, NULL AS step FROM cells
  UNION ALL
  SELECT sae_id, axis,
    round(CASE axis WHEN 'feature' THEN along ELSE above END, 2),
    round(CASE axis WHEN 'feature' THEN above ELSE along END, 2),
    NULL, NULL, NULL, 5 * cluster + corner
  FROM points
)
-- Trees over nothing are no map.
FROM drawn WHERE sae_id IN (SELECT sae_id FROM cells)
-- In the order of places the rows compress to half.
ORDER BY sae_order(sae_id), part, step, x, y
