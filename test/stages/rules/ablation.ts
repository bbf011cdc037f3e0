/** Of lists that are written again with features edited. */
export const ABLATION_RULES: Record<string, string> = {
  'without an edit a list is the baseline, token for token': `
    SELECT sample_id FROM ablations a JOIN completions c USING (sample_id)
    WHERE arm IN ('baseline', 'no-edit') AND (a.token_ids <> c.token_ids OR a.ended <> c.ended
      OR a.text <> c.text OR a.n_items <> c.n_items OR a.n_tokens <> c.n_tokens OR a.n_repeats <> c.n_repeats)`,
  'where nothing is edited, nothing changes': `
    SELECT a.sample_id FROM ablations a JOIN completions c USING (sample_id)
    WHERE arm IN ('ablated', 'random', 'substituted', 'random-substituted') AND a.token_ids <> c.token_ids AND NOT EXISTS (
      FROM ablation_edits e WHERE e.sample_id = a.sample_id AND e.sae_id = a.sae_id
        AND e.protocol = a.protocol AND e.arm = a.arm)`,
  'what a protocol keeps is kept': `
    SELECT sample_id FROM (
      SELECT a.*, c.token_ids AS whole, CASE protocol WHEN 'continue'
        THEN pos_last_token - i.n_tokens + 1 ELSE n_prompt_tokens END AS kept
      FROM ablations a JOIN completions c USING (sample_id) JOIN items i USING (sample_id) WHERE items_from_end = 0
    ) WHERE list_slice(token_ids, 1, kept) <> list_slice(whole, 1, kept)`,
  'a list that is continued is never shorter than its baseline': `
    SELECT sample_id FROM ablations a JOIN completions c USING (sample_id)
    WHERE protocol = 'continue' AND a.ended AND a.n_items < c.n_items`,
  'edits are where their protocol may edit, of active features or of features that the swap makes active': `
    SELECT e.sample_id FROM ablation_edits e JOIN completions USING (sample_id) JOIN items USING (sample_id)
    WHERE items_from_end = 0 AND (value = feature_act OR pos < 1 OR least(value, feature_act) < 0
      OR arm IN ('ablated', 'random') AND value <> 0
      OR pos >= CASE protocol WHEN 'continue' THEN pos_last_token - items.n_tokens + 1 ELSE n_prompt_tokens END)`,
  'the ablated features are the most attributed': `
    SELECT sample_id FROM ablation_edits e JOIN attributions a USING (sample_id, sae_id, pos, feature)
    WHERE arm = 'ablated' AND metric = 'blank_newline' AND (e.attribution <= 0 OR e.attribution <> a.attribution
      OR e.rank <> CASE protocol WHEN 'continue' THEN rank_in_prefix ELSE rank_in_prompt END)
    UNION SELECT sample_id FROM ablation_edits WHERE arm = 'ablated'
    GROUP BY sample_id, sae_id, protocol HAVING max(rank) <> count(*)`,
  'the substituted features are those through which the qualifier adds most': `
    SELECT sample_id FROM ablation_edits e LEFT JOIN swap_attributions s USING (sample_id, sae_id, pos, feature)
    WHERE arm = 'substituted' AND (e.attribution <= 0 OR e.attribution IS DISTINCT FROM s.attribution
      OR e.value IS DISTINCT FROM s.swapped_act
      OR e.rank <> CASE protocol WHEN 'continue' THEN rank_in_prefix ELSE rank_in_prompt END)
    UNION SELECT 'none' WHERE NOT EXISTS (FROM ablation_edits WHERE arm = 'substituted')`,
  'each random feature stands in for an edited one at its position, and is none of them': `
    SELECT r.sample_id FROM ablation_edits r LEFT JOIN ablation_edits a
      ON a.arm = CASE r.arm WHEN 'random' THEN 'ablated' ELSE 'substituted' END AND a.sample_id = r.sample_id
      AND a.sae_id = r.sae_id AND a.protocol = r.protocol AND a.rank = r.rank
    WHERE r.arm LIKE 'random%' AND (a.pos IS DISTINCT FROM r.pos OR r.rank > 5)
    UNION SELECT sample_id FROM ablation_edits WHERE rank <= 5
    GROUP BY sample_id, sae_id, protocol, pos, feature, arm LIKE '%substituted' HAVING count(*) > 1`,
  'predicted is the negative sum of the attributions, and not known of random features': `
    SELECT m.sample_id FROM ablation_metric m LEFT JOIN ablation_edits e ON e.arm = m.arm
      AND e.sample_id = m.sample_id AND e.sae_id = m.sae_id AND e.protocol = m.protocol AND e.rank <= m.k
    GROUP BY m.sample_id, m.sae_id, m.protocol, m.arm, m.k, predicted, measured, n_edits
    HAVING (predicted IS NULL) <> (m.arm LIKE 'random%')
      OR abs(predicted + coalesce(sum(attribution), 0)) > 1e-6 OR count(e.rank) <> n_edits
      OR n_edits = 0 AND measured <> 0`,
  'an effect is the mean of the differences, inside its own bounds': `
    SELECT e.sae_id FROM ablation_effects e JOIN (
      SELECT a.sae_id, a.protocol, a.arm, a.k, avg(a.n_items - coalesce(r.n_items, c.n_items)) AS mean,
        avg(a.n_items) AS arm_mean, count(*) AS n
      FROM ablations a JOIN completions c USING (sample_id) LEFT JOIN ablations r ON r.arm = 'resampled'
        AND a.arm <> 'resampled' AND r.sample_id = a.sample_id AND r.protocol = a.protocol AND r.draw = a.draw GROUP BY ALL
    ) a ON a.sae_id IS NOT DISTINCT FROM e.sae_id AND a.protocol = e.protocol AND a.arm = e.arm
      AND a.k IS NOT DISTINCT FROM e.k
    WHERE metric = 'n_items' AND topic IS NULL AND
      (abs(a.mean - e.mean) > 1e-9 OR abs(a.arm_mean - e.arm_mean) > 1e-9 OR a.n <> e.n)
    UNION SELECT sae_id FROM ablation_effects WHERE ci_low > ci_high`,
  'all SAEs together have the mean of their effects, by topic and over all': `
    SELECT e.topic FROM ablation_effects e JOIN (
      SELECT topic, protocol, arm, k, metric, sum(mean * n) / sum(n) AS mean, sum(n) AS n FROM ablation_effects
      WHERE sae_id IS NOT NULL AND coalesce(k, 5) = 5 AND metric NOT LIKE 'topic_%' AND metric NOT IN ('hazard', 'tokens_per_item', 'forced_metric') GROUP BY ALL
    ) a ON a.topic IS NOT DISTINCT FROM e.topic AND a.protocol = e.protocol AND a.arm = e.arm
      AND a.k IS NOT DISTINCT FROM e.k AND a.metric = e.metric
    WHERE e.sae_id IS NULL AND (abs(a.mean - e.mean) > 1e-9 OR a.n <> e.n)
    UNION SELECT metric FROM ablation_effects WHERE sae_id IS NULL AND arm = 'ablated' AND metric LIKE 'topic_%'
    UNION SELECT 'none' WHERE NOT EXISTS (FROM ablation_effects WHERE sae_id IS NULL AND arm = 'ablated' AND topic IS NOT NULL)`,
  'adjusted p-values are those of every SAE over all topics, and no smaller than p': `
    SELECT sae_id FROM ablation_effects WHERE p_adjusted < p OR p_adjusted > 1
      OR (p_adjusted IS NULL) <> (p IS NULL OR sae_id IS NULL OR topic IS NOT NULL)
    UNION SELECT metric FROM (
      SELECT metric, min(p_adjusted) AS adjusted, count(*) * min(p) AS smallest FROM ablation_effects
      WHERE sae_id IS NOT NULL AND topic IS NULL AND p IS NOT NULL GROUP BY protocol, arm, k, metric)
    WHERE abs(adjusted - least(1, smallest)) > 1e-12`,
  'lists of distinct items are no more diverse at equal length, however long': `
    SELECT sae_id FROM ablation_effects WHERE metric = 'shannon_rarefied' AND abs(mean) > 1e-9
      AND NOT EXISTS (FROM ablations WHERE n_repeats > 0)`,
  'no edit has no effect': `
    SELECT sae_id FROM ablation_effects
    WHERE arm = 'no-edit' AND (mean <> 0 OR ci_low <> 0 OR ci_high <> 0 OR variance <> 0)`,
};
