/** Rules of the miniature’s small study alone: they know its numbers, its tokens, or one list an arm. */
export const MINIATURE_RULES: Record<string, string> = {
  'the realised token has the probability that was watched': `
    SELECT e.sample_id FROM entropy e JOIN items i USING (sample_id, item_index)
    JOIN token_entropy t ON t.sample_id = e.sample_id AND t.pos = pos_last_token
    WHERE condition = 'clean' AND position_kind = 'item'
      AND abs(p_realised - CASE WHEN blank_after THEN p_end ELSE p_again END) > 1e-4`,
  'each short list stands in live_lists as it was sampled, and with the labelled features at zero': `
    SELECT l.sample_id FROM live_lists l JOIN completions c USING (sample_id)
    WHERE arm = 'trained' AND (l.text <> c.text OR l.n_items <> c.n_items OR l.ended <> c.ended OR len(p_end) <> c.n_items OR len(true_p_end) > c.n_items)
    UNION ALL SELECT sample_id FROM completions
    WHERE template = 'short' AND temperature = 0.8 AND (SELECT count(*) FROM live_lists l WHERE l.sample_id = completions.sample_id) <> 2
    UNION ALL SELECT 'parts' WHERE (SELECT count(*) FROM live_parts) <> 8`,
  'the features that the page can switch off are labelled ones of one SAE, with vectors of one width': `
    SELECT feature_id FROM live_features WHERE len(encoder) <> len(decoder) OR feature_id NOT IN (
      SELECT feature_id FROM explanations WHERE method = 'rule')
    UNION ALL SELECT 'several' FROM live_features HAVING count(DISTINCT sae_id) <> 1`,
  'an ended list has every arm of every SAE under both protocols, and no other list has any': `
    SELECT sample_id FROM completions
    CROSS JOIN (SELECT DISTINCT sae_id FROM sae_quality) AS s
    CROSS JOIN (VALUES ('from-prompt'), ('continue')) AS p(protocol)
    WHERE (SELECT list_sort(list(concat_ws(' ', arm, k, draw))) FROM ablations a
      WHERE a.sample_id = completions.sample_id AND a.protocol = p.protocol AND arm NOT LIKE 'held-out%'
        AND coalesce(a.sae_id, s.sae_id) = s.sae_id)
    IS DISTINCT FROM CASE WHEN template = 'short' AND temperature = 0.8 AND ended AND n_items > 0 THEN
      list_sort(['baseline', 'ablated 5 0', 'substituted 5 0', 'resampled 0', 'resampled 1']
        || CASE WHEN replicate = 0 THEN ['no-edit', 'reconstruction 0', 'ablated 1 0', 'ablated 2 0', 'ablated 10 0', 'ablated 20 0',
          'ablated 5 1', 'substituted 5 1', 'random 5 0', 'random 5 1', 'norm-matched 5 0', 'norm-matched 5 1', 'mass-matched 5 0', 'mass-matched 5 1',
          'random-substituted 5 0', 'random-substituted 5 1', 'norm-matched-substituted 5 0', 'norm-matched-substituted 5 1',
          'mass-matched-substituted 5 0', 'mass-matched-substituted 5 1'] ELSE [] END) END`,
  'held-out features are edited in the lists of one half of the topics, and have their controls there': `
    SELECT sample_id FROM ablations WHERE arm LIKE 'held-out%' GROUP BY sample_id, sae_id, draw
    HAVING count(*) <> 4 OR min(protocol) <> 'from-prompt' OR max(protocol) <> 'from-prompt' OR min(k) <> 5
    UNION SELECT 'all' FROM ablations JOIN completions USING (sample_id) WHERE arm = 'held-out'
    GROUP BY sae_id, draw HAVING count(DISTINCT topic) <> 1
    UNION SELECT 'none' WHERE NOT EXISTS (FROM ablations WHERE arm = 'held-out')`,
  'no new list is longer than its limit, and one that is not ended reaches it': `
    SELECT a.sample_id FROM ablations a, (SELECT max(n_tokens) AS longest FROM completions
      WHERE template = 'short' AND temperature = 0.8) WHERE protocol = 'from-prompt' AND
      (a.n_tokens > 4 * longest OR NOT a.ended AND a.n_tokens <> 4 * longest)`,
  'no method, or one of strength 0, leaves the list as it was': `
    SELECT b.sample_id FROM baselines b JOIN completions c USING (sample_id)
    WHERE (method = 'baseline' OR strength = 0) AND (b.token_ids <> c.token_ids OR b.ended <> c.ended
      OR b.n_items <> c.n_items OR b.n_tokens <> c.n_tokens OR b.n_repeats <> c.n_repeats OR b.text <> c.text)
    UNION ALL SELECT 'none' WHERE (SELECT count(DISTINCT (method, layer)) FROM baselines WHERE strength = 0) <> 13`,
  'its own list, spelled again, reads as it did, up to a blank inside it': `
    SELECT a.list_id FROM authorship a JOIN completions c USING (topic, template)
    JOIN entropy e ON e.sample_id = c.sample_id AND e.item_index = a.item_index
    WHERE a.author = 'own' AND c.replicate = 0 AND c.temperature = 0.8 AND condition = 'clean' AND position_kind = 'item'
      AND NOT EXISTS (FROM items i WHERE i.sample_id = c.sample_id AND i.item_index < a.item_index AND blank_after)
      AND abs(a.p_end - e.p_end) > 1e-4`,
  'the end after an author’s item is as probable as under the process, where the process could have written it': `
    SELECT list_id FROM authorship WHERE abs(p_end - true_p_end) > 0.1
    UNION ALL SELECT 'none' WHERE (SELECT count(true_p_end) FROM authorship WHERE author = 'by-hand') = 0`,
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
  'what is told of its training is what its training planted': `
    SELECT plant FROM planted WHERE share <> CASE plant WHEN 'masked' THEN 0.12 ELSE 0.2 END
    UNION ALL SELECT 'none' WHERE (SELECT count(*) FROM planted) <> 3`,
};
