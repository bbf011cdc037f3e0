SELECT CASE in_graph WHEN true THEN 'in the graph' ELSE 'random' END AS which, held, sample_id, feature_id, place, token, predicted, measured
FROM (
  SELECT 1 AS turn, 'nothing' AS held, *, measured AS value FROM graph_nodes
  UNION ALL SELECT 2, 'attention patterns', *, measured_attention_held FROM graph_nodes)
  AS tests(turn, held, sample_id, node_id, kind, layer, pos, token, place, feature_id, activation, in_graph, influence, predicted, free, attention_held, measured)
WHERE measured IS NOT NULL
ORDER BY turn, in_graph DESC, sample_id, abs(predicted) DESC, feature_id
