/** The columns that readers rely on. */
export const PROMISED: Record<string, string> = {
  completions:
    'sample_id template topic temperature replicate n_items n_tokens n_repeats loops ended text token_ids',
  items: 'sample_id item_index items_from_end text n_tokens blank_after pos_last_token pos_newline',
  tokens: 'sample_id pos token_id token is_prompt item_index kind',
  entropy:
    'sample_id condition item_index items_from_end position_kind entropy p_end p_again p_item_end p_item_again p_newline_end p_newline_again',
  token_entropy: 'sample_id pos entropy p_realised',
  sae_quality: 'sae_id hook layer position_kind l0 fvu loss_recovered n_dead n_features',
  attributions:
    'sample_id sae_id metric pos feature feature_act attribution rank rank_in_prompt rank_in_prefix',
  ablations:
    'sample_id sae_id protocol arm k draw n_items n_tokens n_repeats shannon_index ended blank_before_end text token_ids',
  ablation_edits: 'sample_id sae_id protocol arm pos feature feature_act value attribution rank',
  ablation_metric: 'sample_id sae_id protocol arm k predicted measured',
  ablation_effects: 'sae_id topic protocol arm k metric mean variance ci_low ci_high arm_mean n',
  prediction_quality: 'sae_id protocol rank_correlation sign_agreement n',
  features: 'feature_id sae_id feature family n_samples topic_entropy explanation',
  cluster_maps: 'sae_id axis leaf leaf_order',
  token_attributions: 'sample_id sae_id metric pos features error bias',
  swap_attributions:
    'sample_id sae_id pos feature feature_act swapped_act attribution rank_in_prompt rank_in_prefix',
  feature_logits: 'feature_id sae_id feature effect rank token logit',
  feature_contexts: 'feature_id sae_id feature rank sample_id peak_pos first_pos activations',
  logit_lens: 'sample_id proxy item_index items_from_end layer logit_diff',
  baselines:
    'sample_id method layer strength n_items n_tokens n_repeats shannon_index ended blank_before_end cross_entropy text token_ids',
  baseline_effects: 'method layer strength metric mean variance ci_low ci_high arm_mean n',
  steering_vectors: 'template method layer difference_norm residual_norm n',
  ablation_damage: 'sample_id sae_id protocol arm cross_entropy',
  ablation_damage_effects: 'sae_id protocol arm mean variance ci_low ci_high arm_mean n',
  baseline_costs:
    'method sae_id needs forward_passes backward_passes feature_edits added_vectors biased_tokens prompt_tokens extra_parameters',
};

/** Each finds the rows that break a rule of every study; there must be none. */
export const RULES: Record<string, string> = {
  'a list has the items that it counts': `
    SELECT c.sample_id FROM completions c LEFT JOIN items i USING (sample_id)
    GROUP BY c.sample_id, n_items HAVING count(i.sample_id) <> n_items`,
  'tokens spell token_ids': `
    SELECT sample_id FROM completions JOIN (
      SELECT sample_id, list(token_id ORDER BY pos) AS ids FROM tokens GROUP BY sample_id
    ) USING (sample_id) WHERE ids <> token_ids`,
  'n_tokens and n_prompt_tokens add up': `
    SELECT sample_id FROM completions WHERE n_tokens + n_prompt_tokens <> len(token_ids)`,
  'the prompt ends with the first hyphen': `
    SELECT sample_id FROM tokens JOIN completions USING (sample_id)
    WHERE pos = n_prompt_tokens - 1 AND token <> '-'`,
  'a newline stands where pos_newline says': `
    SELECT i.sample_id FROM items i JOIN tokens t ON t.sample_id = i.sample_id AND pos = pos_newline
    WHERE t.kind <> 'newline' OR t.item_index <> i.item_index`,
  'a blank follows the last token where blank_after says, and only there': `
    SELECT i.sample_id FROM items i
    JOIN tokens t ON t.sample_id = i.sample_id AND pos = pos_last_token + 1
    WHERE (t.kind = 'blank') <> blank_after`,
  'an item has the tokens that it counts': `
    SELECT i.sample_id FROM items i JOIN tokens t USING (sample_id, item_index) WHERE kind = 'item'
    GROUP BY i.sample_id, item_index, n_tokens HAVING count(*) <> n_tokens`,
  'items_from_end counts down to 0 at the end': `
    SELECT sample_id FROM items JOIN completions USING (sample_id)
    WHERE items_from_end <> n_items - 1 - item_index OR ended <> (items_from_end IS NOT NULL)`,
  'probabilities and entropies are within bounds': `
    SELECT sample_id FROM entropy WHERE entropy < -1e-6 OR least(p_item_end, p_item_again, p_newline_end, p_newline_again) < 0
      OR greatest(p_item_end + p_item_again, p_newline_end + p_newline_again) > 1.0001 OR kl < -1e-4`,
  'each item of a short or long list has its positions in both conditions': `
    SELECT sample_id FROM items i JOIN completions c USING (sample_id)
    WHERE temperature = 0.8 AND template <> 'plain' AND (
      SELECT count(*) FROM entropy e WHERE e.sample_id = i.sample_id AND e.item_index = i.item_index
    ) <> 2 * (1 + (pos_newline IS NOT NULL)::INTEGER)`,
  'the clean entropy is that of the token': `
    SELECT e.sample_id FROM entropy e JOIN items i USING (sample_id, item_index)
    JOIN token_entropy t ON t.sample_id = e.sample_id
      AND t.pos = CASE position_kind WHEN 'item' THEN pos_last_token ELSE pos_newline END
    WHERE condition = 'clean' AND abs(t.entropy - e.entropy) > 1e-9`,
  'every layer is seen at every item that has the place': `
    SELECT i.sample_id FROM items i JOIN completions c USING (sample_id) WHERE temperature = 0.8 AND (
      SELECT count(*) FROM logit_lens l WHERE l.sample_id = i.sample_id AND l.item_index = i.item_index
    ) <> (SELECT count(DISTINCT layer) FROM logit_lens) * (1 + (pos_newline IS NOT NULL)::INTEGER)`,
  'contributions add up to the difference before the softcap': `
    SELECT sample_id FROM layer_contributions JOIN logit_lens l USING (sample_id, proxy, item_index)
    WHERE l.layer = (SELECT max(layer) FROM logit_lens) GROUP BY sample_id, proxy, item_index, logit_diff_uncapped
    HAVING abs(sum(contribution) - logit_diff_uncapped) > 1e-3`,
  'the lens of the last layer is the log ratio of the probabilities': `
    SELECT e.sample_id FROM entropy e JOIN logit_lens l USING (sample_id, item_index)
    WHERE condition = 'clean' AND position_kind = 'item' AND proxy = 'blank_newline'
      AND layer = (SELECT max(layer) FROM logit_lens)
      AND abs(logit_diff - ln(p_end / p_again)) > 1e-2`,
  'every SAE is measured at every kind of position that the lists have': `
    SELECT sae_id FROM sae_quality GROUP BY sae_id
    HAVING count(*) <> (SELECT 2 + count(DISTINCT kind) FROM tokens)
      OR 2 * sum(n) FILTER (position_kind = 'all')
        <> sum(n) FILTER (position_kind NOT IN ('all', 'answer')) + sum(n) FILTER (position_kind IN ('answer', 'prompt'))`,
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
      SELECT sample_id, sae_id, metric, sum(features + error + bias) AS total, min(pos) AS first, max(pos) AS last
      FROM token_attributions GROUP BY ALL
    ) USING (sample_id, sae_id, metric) JOIN items i ON i.sample_id = s.sample_id AND items_from_end = 0
    WHERE abs(total - features - error - bias) > 1e-4 OR first <> 1
      OR last <> CASE metric WHEN 'blank_newline' THEN pos_last_token ELSE pos_newline END`,
  'a tree has each leaf once, and one merge fewer': `
    SELECT sae_id FROM cluster_maps GROUP BY sae_id, axis
    HAVING count(*) <> count(DISTINCT leaf) OR count(*) <> count(DISTINCT leaf_order)
      OR max(leaf) <> count(*) - 1 OR count(*) - 1 <> (
        SELECT count(*) FROM cluster_merges m WHERE m.sae_id = cluster_maps.sae_id AND m.axis = cluster_maps.axis)`,
  'every mapped feature reaches 1 somewhere, and its heat is between 0 and 1': `
    SELECT sae_id FROM cluster_cells GROUP BY sae_id, feature HAVING max(value) <> 1
    UNION SELECT sae_id FROM topic_heat WHERE value NOT BETWEEN 0 AND 1`,
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
      WHERE sae_id IS NOT NULL AND coalesce(k, 5) = 5 AND metric NOT IN ('topic_shannon_index', 'hazard', 'tokens_per_item', 'forced_metric') GROUP BY ALL
    ) a ON a.topic IS NOT DISTINCT FROM e.topic AND a.protocol = e.protocol AND a.arm = e.arm
      AND a.k IS NOT DISTINCT FROM e.k AND a.metric = e.metric
    WHERE e.sae_id IS NULL AND (abs(a.mean - e.mean) > 1e-9 OR a.n <> e.n)
    UNION SELECT metric FROM ablation_effects WHERE sae_id IS NULL AND arm = 'ablated' AND metric = 'topic_shannon_index'
    UNION SELECT 'none' WHERE NOT EXISTS (FROM ablation_effects WHERE sae_id IS NULL AND arm = 'ablated' AND topic IS NOT NULL)`,
  'no edit has no effect': `
    SELECT sae_id FROM ablation_effects
    WHERE arm = 'no-edit' AND (mean <> 0 OR ci_low <> 0 OR ci_high <> 0 OR variance <> 0)`,
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
    WHERE a.protocol = 'from-prompt' AND coalesce(a.k, 5) = 5 AND (a.draw IS NULL OR a.arm = 'resampled' AND a.draw = 0)
      AND method NOT IN ('swap_word', 'drop_word') AND b.cross_entropy <> d.cross_entropy`,
  'every arm of every SAE is judged on every list, reconstruction on the first of each topic': `
    SELECT sae_id FROM ablation_damage GROUP BY sae_id, arm HAVING count(*) <> (
      SELECT count(*) FROM baselines JOIN completions USING (sample_id)
      WHERE method = 'baseline' AND (replicate = 0 OR arm <> 'reconstruction'))`,
  'an effect is the mean difference from the same lists as they were': `
    SELECT e.method FROM baseline_effects e JOIN (
      SELECT m.method, m.layer, m.strength, avg(m.n_items - coalesce(r.n_items, b.n_items)) AS n_items,
        avg(m.cross_entropy - b.cross_entropy) FILTER (m.draw IS NULL) AS cross_entropy, count(*) AS lists
      FROM baselines m JOIN baselines b USING (sample_id) LEFT JOIN ablations r ON r.arm = 'resampled'
        AND r.protocol = 'from-prompt' AND r.sample_id = m.sample_id AND r.draw = m.draw
      WHERE b.method = 'baseline' GROUP BY ALL
    ) own ON e.method = own.method AND e.layer IS NOT DISTINCT FROM own.layer
      AND e.strength IS NOT DISTINCT FROM own.strength
    WHERE (metric = 'n_items' AND (abs(mean - n_items) > 1e-9 OR n <> lists))
      OR (metric = 'cross_entropy' AND abs(mean - cross_entropy) > 1e-9) OR ci_low > mean OR mean > ci_high`,
  'damage is the mean difference from the same lists as they were': `
    SELECT e.sae_id FROM ablation_damage_effects e JOIN (
      SELECT d.sae_id, d.arm, avg(d.cross_entropy - b.cross_entropy) AS difference
      FROM ablation_damage d JOIN ablation_damage b USING (sample_id) WHERE b.arm = 'baseline' GROUP BY ALL
    ) own ON e.sae_id IS NOT DISTINCT FROM own.sae_id AND e.arm = own.arm WHERE abs(mean - difference) > 1e-9`,
  'a steering vector is there for every layer, and shorter than the residual stream': `
    SELECT method FROM steering_vectors GROUP BY method
    HAVING count(DISTINCT layer) <> (SELECT count(DISTINCT layer) - 1 FROM logit_lens)
    UNION ALL SELECT method FROM steering_vectors WHERE difference_norm <= 0 OR difference_norm > residual_norm`,
  'a swapped qualifier changes what is measured': `
    SELECT template FROM entropy_summary WHERE quantity = 'true_entropy' AND item_index = 0
    GROUP BY template, position_kind HAVING count(DISTINCT mean) <> 2`,
};

/** The same of rules of the miniature's small study alone: they know its numbers, its tokens, or one list an arm. */
export const MINIATURE_RULES: Record<string, string> = {
  'the realised token has the probability that was watched': `
    SELECT e.sample_id FROM entropy e JOIN items i USING (sample_id, item_index)
    JOIN token_entropy t ON t.sample_id = e.sample_id AND t.pos = pos_last_token
    WHERE condition = 'clean' AND position_kind = 'item'
      AND abs(p_realised - CASE WHEN blank_after THEN p_end ELSE p_again END) > 1e-4`,
  'an ended list has every arm of every SAE under both protocols, and no other list has any': `
    SELECT sample_id FROM completions
    CROSS JOIN (SELECT DISTINCT sae_id FROM sae_quality) AS s
    CROSS JOIN (VALUES ('from-prompt'), ('continue')) AS p(protocol)
    WHERE (SELECT list_sort(list(concat_ws(' ', arm, k, draw))) FROM ablations a
      WHERE a.sample_id = completions.sample_id AND a.protocol = p.protocol
        AND coalesce(a.sae_id, s.sae_id) = s.sae_id)
    IS DISTINCT FROM CASE WHEN template = 'short' AND temperature = 0.8 AND ended AND n_items > 0 THEN
      list_sort(['baseline', 'ablated 5', 'random 5', 'substituted 5', 'random-substituted 5',
        'resampled 0', 'resampled 1']
        || CASE WHEN replicate = 0 THEN ['no-edit', 'reconstruction', 'ablated 1', 'ablated 2', 'ablated 10', 'ablated 20'] ELSE [] END) END`,
  'no new list is longer than its limit, and one that is not ended reaches it': `
    SELECT a.sample_id FROM ablations a, (SELECT max(n_tokens) AS longest FROM completions
      WHERE template = 'short' AND temperature = 0.8) WHERE protocol = 'from-prompt' AND
      (a.n_tokens > 4 * longest OR NOT a.ended AND a.n_tokens <> 4 * longest)`,
  'no method, or one of strength 0, leaves the list as it was': `
    SELECT b.sample_id FROM baselines b JOIN completions c USING (sample_id)
    WHERE (method = 'baseline' OR strength = 0) AND (b.token_ids <> c.token_ids OR b.ended <> c.ended
      OR b.n_items <> c.n_items OR b.n_tokens <> c.n_tokens OR b.n_repeats <> c.n_repeats OR b.text <> c.text)
    UNION ALL SELECT 'none' WHERE (SELECT count(DISTINCT (method, layer)) FROM baselines WHERE strength = 0) <> 13`,
  'a banned token is never written': `
    SELECT b.sample_id FROM baselines b, (SELECT DISTINCT token_id, token FROM tokens
      WHERE token IN (' ', '<end_of_turn>')) t
    WHERE (method = 'ban_both' OR method = CASE token WHEN ' ' THEN 'ban_blank' ELSE 'ban_end' END)
      AND list_contains(b.token_ids[n_prompt_tokens + 1:], token_id)`,
  'a list that did not end has four times the tokens of the longest': `
    SELECT sample_id FROM baselines WHERE NOT ended AND n_tokens <> (
      SELECT 4 * max(n_tokens) FROM completions WHERE template = 'short' AND temperature = 0.8)`,
  'word edits are tried on every list, all else on the first of each topic': `
    SELECT method FROM baselines GROUP BY method, layer, strength HAVING count(DISTINCT sample_id) <> (
      SELECT count(*) FROM completions c WHERE template = 'short' AND temperature = 0.8 AND c.ended
        AND (replicate = 0 OR method IN ('baseline', 'swap_word', 'drop_word')))`,
  'every SAE has its arms judged, and two more are': `
    SELECT 'arms' WHERE (SELECT count(DISTINCT (sae_id, arm)) FROM ablation_damage) <> 3 * 18 + 2`,
};
