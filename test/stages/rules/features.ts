/** Of attributed features: their maps, contexts, places and promoted tokens. */
export const FEATURE_RULES: Record<string, string> = {
  'no feature is attributed at BOS, after the metric, or without being active': `
    SELECT a.sample_id FROM attributions a JOIN items i USING (sample_id) WHERE items_from_end = 0
      AND (pos < 1 OR feature_act <= 0 OR (attribution <> 0 AND pos > CASE metric
        WHEN 'blank_newline' THEN pos_last_token ELSE pos_newline END))`,
  'ranks count from 1 without a gap': `
    SELECT sample_id FROM attributions GROUP BY sample_id, sae_id, metric
    HAVING max(rank) <> count(rank) OR max(rank_by_magnitude) <> count(rank_by_magnitude)`,
  'ranks inside the prompt and the prefix count from 1, by value, and stay inside': `
    SELECT sample_id FROM attributions GROUP BY sample_id, sae_id, metric
    HAVING max(rank_in_prompt) <> count(rank_in_prompt) OR max(rank_in_prefix) <> count(rank_in_prefix)
      OR max(rank_in_prompt) > 20 OR max(rank_in_prefix) > 20
    UNION SELECT sample_id FROM attributions a JOIN completions USING (sample_id) JOIN items i USING (sample_id)
    WHERE items_from_end = 0 AND (rank_in_prompt IS NOT NULL AND a.pos >= n_prompt_tokens
      OR rank_in_prefix IS NOT NULL AND a.pos > pos_last_token - i.n_tokens)
    UNION SELECT a.sample_id FROM attributions a JOIN attributions b USING (sample_id, sae_id, metric)
    WHERE a.rank_in_prompt + 1 = b.rank_in_prompt AND a.attribution < b.attribution
      OR a.rank_in_prefix + 1 = b.rank_in_prefix AND a.attribution < b.attribution`,
  'inside the prompt, the order is that of the whole list': `
    SELECT a.sample_id FROM attributions a JOIN attributions b USING (sample_id, sae_id, metric)
    WHERE a.rank_in_prompt < b.rank_in_prompt AND a.rank > b.rank AND a.attribution <> b.attribution`,
  'a feature adds up over the positions that are listed, where all are': `
    SELECT f.sample_id FROM feature_attributions f JOIN (
      SELECT sample_id, sae_id, metric, feature, max(feature_act) AS act FROM attributions GROUP BY ALL
    ) a USING (sample_id, sae_id, metric, feature) WHERE act > max_act + 1e-6`,
  'positions add up to what an SAE accounts for, and none is BOS or after the metric': `
    SELECT s.sample_id FROM attribution_sums s JOIN (
      SELECT sample_id, sae_id, metric, sum(features + error + bias) AS total, sum(gradient) AS first_order,
        min(pos) AS first, max(pos) AS last
      FROM token_attributions GROUP BY ALL
    ) USING (sample_id, sae_id, metric) JOIN items i ON i.sample_id = s.sample_id AND items_from_end = 0
    WHERE path = 'zero' AND (abs(total - features - error - bias) > 1e-4 OR abs(first_order - gradient) > 1e-4) OR first <> 1
      OR last <> CASE metric WHEN 'blank_newline' THEN pos_last_token ELSE pos_newline END`,
  'attributions along a path add up to the difference between its ends, blank_newline’s within 2 % over all lists, and each list’s within a third of a logit': `
    SELECT sae_id FROM attribution_sums WHERE metric_start IS NOT NULL GROUP BY sae_id, path, metric
    HAVING metric = 'blank_newline' AND sum(abs(completeness_error)) > 0.02 * sum(abs(metric_end - metric_start)) + 0.001 * count(*) OR max(abs(completeness_error)) > 1 / 3
    UNION SELECT sae_id FROM attribution_sums WHERE abs(features - metric_end + metric_start - completeness_error) > 1e-6
    UNION SELECT sae_id FROM attribution_sums GROUP BY sample_id, sae_id, metric HAVING max(metric_end) - min(metric_end) > 1e-3`,
  'an exact effect is of a feature that is set to another value, at the list’s own activation': `
    SELECT sample_id FROM exact_effects WHERE value = feature_act OR pos < 1 OR path = 'zero' AND (value <> 0 OR feature_act <= 0)
    UNION SELECT e.sample_id FROM exact_effects e JOIN attributions a USING (sample_id, sae_id, pos, feature)
    WHERE path = 'zero' AND metric = 'blank_newline' AND (e.feature_act <> a.feature_act OR e.gradient <> a.gradient
      OR e.integrated <> a.attribution)`,
  'agreement is of every SAE, method and path with exact effects': `
    SELECT sae_id FROM (SELECT DISTINCT sae_id, path FROM exact_effects) e
    LEFT JOIN attribution_agreement a USING (sae_id, path) WHERE method IS NULL
    UNION SELECT sae_id FROM attribution_agreement
    WHERE NOT (sign_by_mass BETWEEN ci_low AND ci_high AND ci_low >= 0 AND ci_high <= 1
      AND rank_correlation BETWEEN -1 AND 1 AND rank_low <= rank_high)`,
  'a tree has each leaf once, and one merge fewer': `
    SELECT sae_id FROM cluster_maps GROUP BY sae_id, axis
    HAVING count(*) <> count(DISTINCT leaf) OR count(*) <> count(DISTINCT leaf_order)
      OR max(leaf) <> count(*) - 1 OR count(*) - 1 <> (
        SELECT count(*) FROM cluster_merges m WHERE m.sae_id = cluster_maps.sae_id AND m.axis = cluster_maps.axis)`,
  'every mapped feature reaches 1 somewhere, and its heat is between 0 and 1': `
    SELECT sae_id FROM cluster_cells GROUP BY sae_id, feature HAVING max(value) <> 1
    UNION SELECT sae_id FROM topic_heat WHERE value NOT BETWEEN 0 AND 1`,
  'the map has every list in which a feature is active, with its greatest activation there': `
    SELECT f.sae_id FROM feature_attributions f LEFT JOIN cluster_cells c USING (sae_id, sample_id, feature)
    WHERE metric = 'blank_newline' GROUP BY f.sae_id, feature
    HAVING count(*) <> count(value) OR max(max_act / value) > 1.0001 * min(max_act / value)
    UNION ALL SELECT sae_id FROM feature_places JOIN features USING (feature_id, sae_id)
    GROUP BY feature_id, sae_id, features.n_active HAVING sum(feature_places.n_active) < features.n_active
    UNION ALL SELECT sae_id FROM features JOIN (SELECT sae_id, feature, count(*) AS cells FROM cluster_cells GROUP BY ALL)
      USING (sae_id, feature) WHERE cells <> n_active OR n_active < n_samples OR n_samples = 0`,
  'a feature in one list is not local to a topic, nor one in lists of all': `
    SELECT feature_id FROM features WHERE family = 'topic-local' AND
      (n_active = 1 OR n_active = (SELECT max(n_active) FROM features)) OR topic_p NOT BETWEEN 0.001 AND 1`,
  'a merge is drawn over its legs, none of which hangs upside down': `
    SELECT sae_id FROM cluster_merges
    WHERE left_place >= right_place OR greatest(left_height, right_height) > height OR left_place < 0`,
  'a context holds its peak, and nothing in it is greater': `
    SELECT feature_id FROM feature_contexts JOIN completions USING (sample_id)
    WHERE list_max(activations) <> activations[peak_pos - first_pos + 1] OR list_max(activations) <= 0
      OR first_pos < 1 OR first_pos + len(activations) > len(token_ids)`,
  'contexts of a feature are of different lists, the most active first': `
    SELECT feature_id FROM feature_contexts GROUP BY feature_id
    HAVING count(*) > 5 OR max(rank) <> count(*) OR count(DISTINCT sample_id) <> count(*)
      OR arg_max(list_max(activations), rank) > arg_min(list_max(activations), rank)`,
  'no two contexts of a feature have one text': `
    SELECT feature_id FROM feature_contexts c JOIN completions USING (sample_id)
    GROUP BY feature_id HAVING count(DISTINCT token_ids[first_pos + 1:peak_pos + 1]) <> count(*)`,
  'a histogram counts every position at which a feature is active, as its places do': `
    SELECT feature_id FROM (SELECT feature_id, sum(count) AS n, max(high) AS top FROM feature_histograms GROUP BY ALL)
    JOIN (SELECT feature_id, sum(n_active) AS active FROM feature_places GROUP BY ALL) USING (feature_id)
    JOIN (SELECT feature_id, max(list_max(activations)) AS peak FROM feature_contexts GROUP BY ALL) USING (feature_id)
    WHERE n <> active OR abs(top - peak) > 1e-9`,
  'places hold every token but BOS': `
    SELECT feature_id FROM feature_places GROUP BY feature_id
    HAVING sum(n) <> (SELECT count(*) FROM tokens JOIN completions USING (sample_id) WHERE temperature = 0.8 AND pos > 0)`,
  'every feature that the end is attributed to is seen': `
    SELECT feature_id FROM features WHERE feature_id NOT IN (SELECT feature_id FROM feature_contexts)`,
  'every feature promotes and suppresses ten tokens, in order': `
    SELECT feature_id FROM feature_logits GROUP BY feature_id, effect
    HAVING count(*) <> 10 OR count(DISTINCT token_id) <> 10
    UNION SELECT feature_id FROM features WHERE feature_id NOT IN (SELECT feature_id FROM feature_logits)`,
  'the verdicts of a rule on simulated lists add up, and a claim of the study has a rule': `
    SELECT claim_id FROM verdict_power GROUP BY claim_id, truth HAVING abs(sum(share) - 1) > 1e-9 OR count(*) <> 4
    UNION SELECT claim_id FROM claims WHERE claim_id NOT IN (SELECT claim_id FROM verdict_power)`,
};
