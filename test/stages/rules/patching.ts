/** Of patching between the two prompts of a list, and of the lens on single lists. */
export const PATCHING_RULES: Record<string, string> = {
  'the list has the whole effect after the last layer, word and prompt none of it': `
    SELECT direction FROM patching WHERE layer = (SELECT max(layer) FROM patching)
      AND abs(share - (position_kind = 'list')::INTEGER) > 1e-5`,
  'there is a share with its interval, or a reason for none': `
    SELECT direction FROM patching WHERE (share IS NULL) <> (reason IS NOT NULL) OR (share IS NULL) <> (ci_low IS NULL)
    UNION ALL SELECT direction FROM patching_map WHERE (share IS NULL) <> (reason IS NOT NULL)
    UNION ALL SELECT heuristic FROM layer_heuristics WHERE (faithfulness IS NULL) <> (reason IS NOT NULL)`,
  'the effect is one, and the other way round it is its opposite': `
    SELECT n FROM patching GROUP BY n HAVING abs(avg(effect)) > 1e-5 OR count(DISTINCT effect) > 2`,
  'the map has the word as its first place, and every position after it somewhere': `
    SELECT m.layer FROM patching_map m JOIN patching p USING (direction, layer)
    WHERE m.place = 0 AND p.position_kind = 'word' AND (m.n <> p.n OR abs(m.share - p.share) > 1e-5)
    UNION ALL SELECT layer FROM patching_map WHERE (place = 0) <> (region = 'word')`,
  'all layers together have the whole effect, however they were chosen': `
    SELECT heuristic FROM layer_heuristics WHERE n_layers = (SELECT max(n_layers) FROM layer_heuristics)
      AND abs(faithfulness - 1) > 1e-4`,
  'as many layers as said, each once': `
    SELECT heuristic FROM layer_heuristics WHERE len(list_distinct(layers)) <> CASE heuristic WHEN 'random' THEN 0 ELSE n_layers END`,
  'one set of layers has one faithfulness, and none is nearer to the whole than the best': `
    SELECT layers::VARCHAR FROM layer_heuristics WHERE heuristic <> 'random' GROUP BY layers HAVING count(DISTINCT faithfulness) > 1
    UNION ALL SELECT other.heuristic FROM layer_heuristics best JOIN layer_heuristics other USING (n_layers)
    WHERE best.heuristic = 'best' AND other.heuristic <> 'random' AND abs(1 - other.faithfulness) < abs(1 - best.faithfulness) - 1e-9`,
  'the lens of single lists is that of one list of each topic and template': `
    SELECT sample_id FROM logit_lens_lists ANTI JOIN logit_lens USING (sample_id, proxy, item_index, layer, logit_diff)
    UNION ALL SELECT topic FROM (SELECT DISTINCT sample_id FROM logit_lens_lists) JOIN completions USING (sample_id)
    GROUP BY topic, template HAVING count(*) > 1`,
};
