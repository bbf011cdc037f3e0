SELECT heuristic_words(heuristic) AS heuristic, n_layers::VARCHAR AS chosen,
  array_to_string(layers, ', ') AS layers, faithfulness AS mean, ci_low, ci_high, memory_mb, seconds, n
FROM layer_heuristics
WHERE faithfulness IS NOT NULL AND n_layers < (SELECT max(n_layers) FROM layer_heuristics)
ORDER BY n_layers, faithfulness DESC, layer_heuristics.heuristic
