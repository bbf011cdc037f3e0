/** Of lists that are written again with features edited. */
export const ABLATION_RULES: Record<string, string> = {
  'without an edit a list is the baseline, token for token': `
    SELECT sample_id FROM ablations a JOIN completions c USING (sample_id)
    WHERE arm IN ('baseline', 'no-edit') AND (a.token_ids <> c.token_ids OR a.ended <> c.ended
      OR a.text <> c.text OR a.n_items <> c.n_items OR a.n_tokens <> c.n_tokens OR a.n_repeats <> c.n_repeats)`,
  'lists of one noise with nothing edited are the same, whatever the arm': `
    SELECT sample_id FROM ablations a
    WHERE arm NOT IN ('baseline', 'no-edit', 'resampled', 'reconstruction') AND NOT EXISTS (
      FROM ablation_edits e WHERE e.sample_id = a.sample_id AND e.sae_id = a.sae_id
        AND e.protocol = a.protocol AND e.arm = a.arm AND coalesce(e.draw, a.draw) = a.draw)
    GROUP BY sample_id, protocol, draw HAVING count(DISTINCT token_ids) > 1`,
  'edited lists and those that they are compared with have different noise': `
    SELECT 'all' FROM ablations WHERE arm = 'resampled' AND EXISTS (FROM ablations WHERE arm = 'ablated')
    GROUP BY protocol HAVING count(*) = (
      SELECT count(*) FROM ablations a JOIN ablations r USING (sample_id, protocol, draw, token_ids)
      WHERE a.arm = 'ablated' AND r.arm = 'resampled')`,
  'what a protocol keeps is kept': `
    SELECT sample_id FROM (
      SELECT a.*, c.token_ids AS whole, CASE protocol WHEN 'continue'
        THEN pos_last_token - i.n_tokens + 1 ELSE n_prompt_tokens END AS kept
      FROM ablations a JOIN completions c USING (sample_id) JOIN items i USING (sample_id) WHERE items_from_end = 0
    ) WHERE list_slice(token_ids, 1, kept) <> list_slice(whole, 1, kept)`,
  'a list that is continued is never shorter than its baseline': `
    SELECT sample_id FROM ablations a JOIN completions c USING (sample_id)
    WHERE protocol = 'continue' AND a.ended AND a.n_items < c.n_items`,
  'edits are where their protocol may edit, of features that are active under either word': `
    SELECT e.sample_id FROM ablation_edits e JOIN completions USING (sample_id) JOIN items USING (sample_id)
    WHERE items_from_end = 0 AND (value = feature_act OR pos < 1 OR feature_act < 0
      OR arm IN ('ablated', 'random', 'mass-matched', 'held-out', 'held-out-random') AND value <> 0
      OR arm NOT LIKE 'norm%' AND value < 0
      OR pos >= CASE WHEN protocol = 'continue' THEN pos_last_token - items.n_tokens + 1 ELSE n_prompt_tokens END)`,
  'features chosen list by list are the most attributed there': `
    WITH pool AS (
      SELECT f.*, protocol, arm, start_act AS value, attribution AS attributed
      FROM active_features f JOIN completions USING (sample_id) JOIN items i USING (sample_id),
        (SELECT DISTINCT protocol, arm FROM ablation_edits WHERE arm IN ('ablated', 'substituted'))
      WHERE items_from_end = 0 AND path = CASE arm WHEN 'ablated' THEN 'zero' ELSE 'swapped' END
        AND pos < CASE protocol WHEN 'continue' THEN pos_last_token - i.n_tokens + 1 ELSE n_prompt_tokens END),
    ranked AS (
      SELECT *, row_number() OVER (PARTITION BY sample_id, sae_id, protocol, arm ORDER BY attributed DESC, pos, feature) AS place
      FROM pool WHERE attributed > 0 AND value <> feature_act)
    SELECT e.sample_id FROM ablation_edits e LEFT JOIN ranked r USING (sample_id, sae_id, protocol, arm, pos, feature)
    WHERE arm IN ('ablated', 'substituted')
      AND (e.attribution IS DISTINCT FROM attributed OR e.rank IS DISTINCT FROM place OR e.value IS DISTINCT FROM r.value)
    UNION SELECT 'none' WHERE NOT EXISTS (FROM ablation_edits WHERE arm = 'substituted')`,
  'a control edits where the chosen features are edited, as many as they are unless it matches their mass': `
    WITH edits AS (
      SELECT sample_id, sae_id, protocol, pos, arm, draw, count(*) AS n,
        CASE WHEN arm IN ('random', 'norm-matched', 'mass-matched') THEN 'ablated'
          WHEN arm LIKE '%matched-substituted' OR arm = 'random-substituted' THEN 'substituted'
          ELSE replace(arm, 'held-out-random', 'held-out') END AS chosen
      FROM ablation_edits WHERE rank IS NULL OR rank <= 5 GROUP BY ALL)
    SELECT c.sample_id FROM edits c LEFT JOIN edits a ON a.arm = c.chosen AND a.sample_id = c.sample_id AND a.sae_id = c.sae_id
      AND a.protocol = c.protocol AND a.pos = c.pos AND a.draw IS NOT DISTINCT FROM CASE WHEN a.arm LIKE 'held-out%' THEN c.draw END
    WHERE c.arm <> c.chosen AND (a.n IS NULL OR c.arm NOT LIKE 'mass%' AND a.n <> c.n)`,
  'no feature is edited twice in one list': `
    SELECT sample_id FROM ablation_edits GROUP BY sample_id, sae_id, protocol, arm, draw, pos, feature HAVING count(*) > 1`,
  'predicted is the negative sum of the attributions, and not known of controls': `
    SELECT m.sample_id FROM ablation_metric m JOIN ablation_edits e ON e.arm = m.arm
      AND e.sample_id = m.sample_id AND e.sae_id = m.sae_id AND e.protocol = m.protocol
      AND e.draw IS NOT DISTINCT FROM m.split AND e.rank <= m.k
    GROUP BY m.sample_id, m.sae_id, m.protocol, m.arm, m.split, m.k, predicted, n_edits
    HAVING abs(predicted + sum(attribution)) > 1e-6 OR count(e.rank) <> n_edits
    UNION SELECT sample_id FROM ablation_metric
    WHERE (predicted IS NULL) <> (share_as_large IS NOT NULL AND n_edits > 0)
      OR n_edits = 0 AND measured <> 0 OR n_edits > k AND arm NOT LIKE 'mass%' OR n_shared > n_edits`,
  'an effect is the mean of the differences from unedited lists on other noise, inside its own bounds': `
    WITH lists AS (
      SELECT *, CASE arm WHEN 'resampled' THEN (draw + 1) % (SELECT count(DISTINCT draw) FROM ablations WHERE arm = 'resampled')
        ELSE draw END AS other FROM ablations)
    SELECT e.sae_id FROM ablation_effects e JOIN (
      SELECT a.sae_id, a.protocol, a.arm, a.k, avg(a.n_items - coalesce(r.n_items, c.n_items)) AS mean,
        avg(a.n_items) AS arm_mean, count(*) AS n
      FROM lists a JOIN completions c USING (sample_id) LEFT JOIN ablations r ON r.arm = 'resampled'
        AND r.sample_id = a.sample_id AND r.protocol = a.protocol AND r.draw = a.other GROUP BY ALL
    ) a ON a.sae_id IS NOT DISTINCT FROM e.sae_id AND a.protocol = e.protocol AND a.arm = e.arm
      AND a.k IS NOT DISTINCT FROM e.k
    WHERE metric = 'n_items' AND topic IS NULL AND
      (abs(a.mean - e.mean) > 1e-9 OR abs(a.arm_mean - e.arm_mean) > 1e-9 OR a.n <> e.n)
    UNION SELECT sae_id FROM ablation_effects WHERE ci_low > ci_high`,
  'a contrast is the mean difference between lists of one noise, with the chosen features and with the control’s': `
    SELECT t.sae_id FROM ablation_contrasts t LEFT JOIN (
      SELECT a.sae_id, a.protocol, a.arm, c.arm AS control, avg(a.n_items - c.n_items) AS mean, count(*) AS n,
        sum((NOT a.ended)::INTEGER + (NOT c.ended)::INTEGER) AS n_cut
      FROM ablations a JOIN ablations c USING (sample_id, sae_id, protocol, draw, k) GROUP BY ALL
    ) p USING (sae_id, protocol, arm, control)
    WHERE metric = 'n_items' AND (p.mean IS NULL OR abs(p.mean - t.mean) > 1e-9 OR p.n <> t.n OR p.n_cut <> t.n_cut)
    UNION SELECT sae_id FROM ablation_contrasts WHERE ci_low > ci_high OR share_topics NOT BETWEEN 0 AND 1
    UNION SELECT 'none' WHERE NOT EXISTS (FROM ablation_contrasts WHERE metric = 'forced_metric')`,
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
