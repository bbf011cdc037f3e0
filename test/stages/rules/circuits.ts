/** Of attribution graphs, and of what interventions say of them. */
export const CIRCUIT_RULES: Record<string, string> = {
  'edges lead between nodes of the same graph, from lower layers to higher ones': `
    SELECT e.source FROM graph_edges e
    LEFT JOIN graph_nodes s ON s.sample_id = e.sample_id AND s.node_id = e.source
    LEFT JOIN graph_nodes t ON t.sample_id = e.sample_id AND t.node_id = e.target
    WHERE s.in_graph IS NOT TRUE OR t.in_graph IS NOT TRUE OR s.layer >= t.layer OR s.pos > t.pos`,
  'every graph has one target, to which something leads, and every node leads somewhere': `
    SELECT sample_id FROM circuit_scores ANTI JOIN (
      SELECT e.sample_id FROM graph_edges e JOIN graph_nodes n ON n.sample_id = e.sample_id AND n.node_id = e.target
      WHERE n.kind = 'target') USING (sample_id)
    UNION ALL SELECT sample_id FROM graph_nodes WHERE kind = 'target' GROUP BY sample_id HAVING count(*) <> 1
    UNION ALL SELECT n.node_id FROM graph_nodes n ANTI JOIN graph_edges e ON e.sample_id = n.sample_id AND e.source = n.node_id
    WHERE n.in_graph AND n.kind <> 'target'`,
  // A feature may have none: all of its inputs may be too weak to be kept.
  'errors and tokens have no inputs': `
    SELECT n.node_id FROM graph_nodes n SEMI JOIN graph_edges e ON e.sample_id = n.sample_id AND e.target = n.node_id
    WHERE n.kind IN ('error', 'embedding')`,
  'shares of one target’s inputs are no more than all of them': `
    SELECT target FROM graph_edges GROUP BY sample_id, target HAVING sum(share) > 1 + 1e-5
    UNION ALL SELECT source FROM graph_edges WHERE share <= 0 OR share > 1 OR influence > share + 1e-9`,
  'features have activations, tests have predictions': `
    SELECT node_id FROM graph_nodes WHERE (kind = 'feature') <> (activation > 0) OR (activation IS NULL) <> (feature_id IS NULL)
    UNION ALL SELECT source FROM graph_edges WHERE tested <> (measured IS NOT NULL) OR tested <> (predicted IS NOT NULL)
      OR (tested AND predicted <> -weight)
    UNION ALL SELECT node_id FROM graph_nodes WHERE (measured IS NULL) <> (measured_attention_held IS NULL)
      OR (NOT in_graph AND measured IS NULL)`,
  'scores are shares': `
    SELECT sample_id FROM circuit_scores WHERE NOT (replacement BETWEEN 0 AND 1 AND completeness BETWEEN 0 AND 1
      AND unexplored BETWEEN 0 AND 1
      AND replacement_of_logits BETWEEN 0 AND 1 AND completeness_of_logits BETWEEN 0 AND 1) OR n_explored > n_active`,
  'with all active features and errors kept, and the others at 0, the metric is the model’s': `
    SELECT sample_id FROM circuit_curves c JOIN circuit_scores s USING (sample_id)
    WHERE c.n_nodes = n_active AND errors AND rest = 'zero' AND abs(kept - "all") > 1e-3`,
  'every ranking ends with all features': `
    SELECT sample_id FROM circuit_curves c JOIN circuit_scores s USING (sample_id)
    GROUP BY sample_id, ranking, rest, errors HAVING max(c.n_nodes) <> any_value(n_active)`,
  'replaced MLPs lose no more than is recovered of it, and each transcoder has a row for all positions': `
    SELECT position_kind FROM transcoders_together WHERE loss_recovered > 1 + 1e-9 - least(0, cross_entropy_rise)
    UNION ALL SELECT sae_id FROM transcoder_quality GROUP BY sae_id HAVING count(*) FILTER (position_kind = 'all') <> 1`,
  'a share or a reason for none, and as many random features beside each number': `
    SELECT direction FROM circuit_swaps WHERE (share IS NULL) <> (reason IS NOT NULL)
    UNION ALL SELECT direction FROM circuit_swaps GROUP BY direction, n_nodes
    HAVING count(*) FILTER (part = 'ranked') <> count(*) FILTER (part = 'random')`,
  'lists of circuits are written on the noise of those without an edit': `
    SELECT l.sample_id FROM circuit_lists l ANTI JOIN circuit_lists b ON b.arm = 'baseline' AND b.sample_id = l.sample_id AND b.draw = l.draw`,
  'an effect has an interval, the baseline has none': `
    SELECT arm FROM circuit_list_effects WHERE (difference IS NULL) <> (ci_low IS NULL) OR (arm = 'baseline' AND difference IS NOT NULL)`,
};
