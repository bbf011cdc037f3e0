import type { Claim } from './claim.ts';

const SAES = 'Sparse autoencoders';
const ATTRIBUTION = 'Attribution';

/** What it says of features, and of what is attributed to them. */
export const FEATURE_CLAIMS: readonly Claim[] = [
  {
    id: 'saes-used',
    section: SAES,
    claim: 'Five SAEs of the attention and five of the residual stream were used.',
    test: 'Of the SAEs named, those in the attribution tuples, and those in the ablated lists. It holds where all are in both and no other is, in part where any is',
    from: `SELECT (SELECT count(*) FROM published_saes) AS n,
      (SELECT count(*) FROM published_saes WHERE sae_id IN (SELECT sae_id FROM original_tuples)) AS attributed,
      (SELECT count(*) FROM published_saes WHERE sae_id IN (SELECT sae_id FROM original_ablation_counts)) AS ablated,
      (SELECT coalesce(string_agg(DISTINCT sae_id, ', '), 'none') FROM original_ablation_counts WHERE sae_id NOT IN (FROM published_saes)) AS others`,
    value: `printf('%d of %d in the tuples, %d in the ablated lists, where another is: %s', attributed, n, ablated, others)`,
    holds: `attributed = n AND ablated = n AND others = 'none'`,
    holdsInPart: 'attributed > 0 AND ablated > 0',
  },
  {
    id: 'memory',
    section: SAES,
    claim: 'Two SAEs of 16 thousand features fill a card of 24 GB when gradients are on.',
    test: 'None: nothing that was released says how much memory was used',
    from: 'SELECT NULL',
    value: `'here one SAE at a time is in memory, and none while gradients are taken'`,
  },
  {
    id: 'cluster-maps',
    section: ATTRIBUTION,
    claim: 'The cluster maps show normalised activations.',
    test: 'None: no activations were released; the code counts how often a feature is among the most attributed',
    from: 'SELECT sum(n_tuples)::INTEGER AS n FROM original_tuples',
    value: `printf('%d tuples, none with an activation', n)`,
  },
  {
    id: 'top-features',
    section: ATTRIBUTION,
    claim: 'The author’s table of features by topic lists the ten most important of each.',
    test: 'Topics of which it lists the ten in most tuples. It holds where it does of all, in part where of any',
    from: `SELECT count(*) AS n, count(*) FILTER (p.features = t.most_frequent) AS frequent, count(*) FILTER (p.features = t.smallest) AS smallest
      FROM published_top_features p JOIN original_tuple_tops t USING (topic, sae_id)`,
    value: `printf('%d of %d; the ten of the smallest numbers in %d', frequent, n, smallest)`,
    holds: 'frequent = n',
    holdsInPart: 'frequent > 0',
  },
  {
    id: 'families',
    section: ATTRIBUTION,
    claim: 'Some features count in lists of every topic, others in those of one topic only.',
    test: 'Features of each SAE’s tuples. It holds where every SAE has both kinds, in part where any has',
    from: `SELECT count(*) AS n, count(*) FILTER (everywhere > 0 AND one > 0) AS both, sum(everywhere)::INTEGER AS everywhere, sum(one)::INTEGER AS one
      FROM (SELECT sae_id, max(n_features_everywhere) AS everywhere, max(n_features_one_topic) AS one FROM original_tuples GROUP BY sae_id)`,
    inStudies: {
      from: `SELECT nullif(count(*), 0) AS n, count(*) FILTER (everywhere > 0 AND one > 0) AS both, sum(everywhere)::INTEGER AS everywhere, sum(one)::INTEGER AS one
        FROM (SELECT sae_id, count(*) FILTER (n_topics = (SELECT count(DISTINCT topic) FROM main_lists)) AS everywhere, count(*) FILTER (n_topics = 1) AS one
          FROM (SELECT sae_id, feature, count(DISTINCT topic) AS n_topics FROM feature_attributions JOIN completions USING (sample_id)
            WHERE metric = 'blank_newline' GROUP BY ALL) GROUP BY sae_id)`,
    },
    value: `printf('both kinds in %d of %d SAEs: %d features in every topic, %d in one', "both", n, everywhere, one)`,
    holds: '"both" = n',
    holdsInPart: '"both" > 0',
  },
];
