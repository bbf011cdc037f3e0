/** Of lists, and of what is read at their items: entropy, lens, the quality of SAEs. */
export const LIST_RULES: Record<string, string> = {
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
    HAVING count(*) <> (SELECT 3 + count(DISTINCT kind) FROM tokens)
      OR 2 * sum(n) FILTER (position_kind = 'all')
        <> sum(n) FILTER (position_kind NOT IN ('all', 'answer', 'first')) + sum(n) FILTER (position_kind IN ('answer', 'prompt'))`,
  'the first position is apart: one of each measured list, where nothing is replaced and nothing recovered': `
    SELECT sae_id FROM sae_quality WHERE position_kind = 'first' AND (cross_entropy_rise IS NOT NULL OR rise_of_zero IS NOT NULL
      OR loss_recovered IS NOT NULL OR loss_recovered_over_mean IS NOT NULL
      OR n NOT IN (SELECT count(*) FROM completions WHERE temperature = 0.8 AND replicate = 0
        UNION ALL SELECT count(DISTINCT topic) FROM completions))`,
  'no loss is recovered where there is next to none to recover': `
    SELECT sae_id FROM sae_quality WHERE (loss_recovered IS NULL) <> (coalesce(rise_of_zero, 0) < 0.1)
      OR (loss_recovered_over_mean IS NULL) <> (coalesce(rise_of_mean, 0) < 0.1)
      OR abs(loss_recovered - (1 - cross_entropy_rise / rise_of_zero)) > 1e-9`,
};
