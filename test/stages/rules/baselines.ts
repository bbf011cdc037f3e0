/** Of lists that are written again without features, and of the damage that edits do. */
export const BASELINE_RULES: Record<string, string> = {
  'a greater strength does not': `
    SELECT method FROM baselines b JOIN completions c USING (sample_id)
    WHERE strength > 0 AND method <> 'steering'
    GROUP BY method HAVING bool_and(b.token_ids = c.token_ids)`,
  'the prompt is the own one, or that of the template with the other word, or with none': `
    SELECT b.sample_id FROM baselines b JOIN completions own USING (sample_id)
    JOIN completions c ON c.topic = own.topic AND c.temperature = own.temperature AND c.template =
      CASE method WHEN 'swap_word' THEN 'long' WHEN 'drop_word' THEN 'plain' ELSE own.template END
    WHERE b.token_ids[:b.n_prompt_tokens] <> c.token_ids[:c.n_prompt_tokens]
      OR len(b.token_ids) <> b.n_prompt_tokens + b.n_tokens`,
  'the cross-entropy of a baseline is that of its tokens': `
    SELECT b.sample_id FROM baselines b JOIN token_entropy t USING (sample_id)
    WHERE method = 'baseline' AND p_realised IS NOT NULL GROUP BY b.sample_id, cross_entropy, n_tokens
    HAVING count(*) <> n_tokens OR abs(avg(-ln(p_realised)) - cross_entropy) > 1e-4`,
  'one answer to one prompt has one cross-entropy, whatever wrote it': `
    SELECT b.sample_id FROM baselines b JOIN ablations a USING (sample_id, token_ids)
    JOIN ablation_damage d ON d.sample_id = a.sample_id AND d.arm = a.arm
      AND d.sae_id IS NOT DISTINCT FROM a.sae_id
    WHERE a.protocol = 'from-prompt' AND coalesce(a.k, 5) = 5 AND (a.draw IS NULL OR a.draw = 0)
      AND method NOT IN ('swap_word', 'drop_word') AND b.cross_entropy <> d.cross_entropy`,
  'every arm of every SAE is judged on every list, the control and the reconstruction on the first of each topic': `
    SELECT sae_id FROM ablation_damage GROUP BY sae_id, arm HAVING count(*) <> (
      SELECT count(*) FROM baselines JOIN completions USING (sample_id)
      WHERE method = 'baseline' AND (replicate = 0 OR arm NOT IN ('random', 'reconstruction')))`,
  'an effect is the mean difference from the same lists without the method': `
    SELECT e.method FROM baseline_effects e JOIN (
      SELECT m.method, m.layer, m.strength, avg(m.n_items - coalesce(r.n_items, b.n_items)) AS n_items,
        avg(m.cross_entropy - CASE WHEN m.draw IS NULL THEN b.cross_entropy ELSE d.cross_entropy END)
          FILTER (coalesce(m.draw, 0) = 0) AS cross_entropy, count(*) AS lists
      FROM baselines m JOIN baselines b USING (sample_id) LEFT JOIN ablations r ON r.arm = 'resampled'
        AND r.protocol = 'from-prompt' AND r.sample_id = m.sample_id AND r.draw = m.draw
      LEFT JOIN ablation_damage d ON d.arm = 'resampled' AND d.sample_id = m.sample_id
      WHERE b.method = 'baseline' GROUP BY ALL
    ) own ON e.method = own.method AND e.layer IS NOT DISTINCT FROM own.layer
      AND e.strength IS NOT DISTINCT FROM own.strength
    WHERE (metric = 'n_items' AND (abs(mean - n_items) > 1e-9 OR n <> lists))
      OR (metric = 'cross_entropy' AND abs(mean - cross_entropy) > 1e-9) OR ci_low > mean OR mean > ci_high`,
  'p-values are adjusted over the steering vectors, and are their own for other methods': `
    SELECT method FROM baseline_effects WHERE p_adjusted < p OR p_adjusted > 1
      OR (method NOT LIKE 'steering%' OR strength = 0) AND p_adjusted IS DISTINCT FROM p
    UNION SELECT metric FROM (
      SELECT metric, min(p_adjusted) AS adjusted, count(p) * min(p) AS smallest FROM baseline_effects
      WHERE method LIKE 'steering%' AND strength > 0 GROUP BY metric)
    WHERE abs(adjusted - least(1, smallest)) > 1e-12`,
  'damage is the mean difference from the same lists written again without an edit': `
    SELECT e.sae_id FROM ablation_damage_effects e JOIN (
      SELECT d.sae_id, d.arm, avg(d.cross_entropy - b.cross_entropy) AS difference
      FROM ablation_damage d JOIN ablation_damage b USING (sample_id) WHERE b.arm = 'resampled' GROUP BY ALL
    ) own ON e.sae_id IS NOT DISTINCT FROM own.sae_id AND e.arm = own.arm WHERE abs(mean - difference) > 1e-9`,
  'a steering vector is there for every layer, and shorter than the residual stream': `
    SELECT method FROM steering_vectors GROUP BY method
    HAVING count(DISTINCT layer) <> (SELECT count(DISTINCT layer) - 1 FROM logit_lens)
    UNION ALL SELECT method FROM steering_vectors WHERE difference_norm <= 0 OR difference_norm > residual_norm`,
  'a swapped qualifier changes what is measured': `
    SELECT template FROM entropy_summary WHERE quantity = 'true_entropy' AND item_index = 0
    GROUP BY template, position_kind HAVING count(DISTINCT mean) <> 2`,
};
