WITH ablated AS (
  SELECT CASE d.arm WHEN 'ablated' THEN 'ablation' ELSE 'random features' END AS kind, d.sae_id AS name,
    d.mean AS damage, d.ci_low AS damage_low, d.ci_high AS damage_high, e.mean, e.ci_low, e.ci_high, d.n
  FROM ablation_damage_effects d
  JOIN ablation_differences e ON e.sae_id = d.sae_id AND e.protocol = d.protocol AND e.arm = d.arm
  WHERE metric = 'n_items' AND topic IS NULL AND d.arm IN ('ablated', 'random') AND e.k = main_k
),
others AS (
  SELECT
    CASE WHEN e.method LIKE 'steering%' THEN 'steering' WHEN e.method LIKE '%word' THEN 'the word' ELSE 'sampling' END AS kind,
    CASE e.method
      WHEN 'steering' THEN 'steering by the prompt’s end, layer ' || e.layer || ', ' || e.strength
      WHEN 'steering_item_end' THEN 'steering by items’ ends, layer ' || e.layer || ', ' || e.strength
      WHEN 'end_logit' THEN end_name() || ' lowered by ' || e.strength
      WHEN 'ban_end' THEN end_name() || ' banned'
      WHEN 'ban_blank' THEN item_end_name() || ' banned'
      WHEN 'ban_both' THEN 'both banned'
      WHEN 'swap_word' THEN 'the word swapped'
      ELSE 'the word left out'
    END AS name,
    d.mean AS damage, d.ci_low AS damage_low, d.ci_high AS damage_high, e.mean, e.ci_low, e.ci_high, e.n
  FROM baseline_effects e
  JOIN baseline_effects d ON d.method = e.method AND d.layer IS NOT DISTINCT FROM e.layer
    AND d.strength IS NOT DISTINCT FROM e.strength
  WHERE e.metric = 'n_items' AND d.metric = 'cross_entropy' AND coalesce(e.strength, 1) > 0
)
FROM (FROM ablated UNION ALL FROM others)
ORDER BY kind, name
