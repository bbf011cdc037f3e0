/** Features of each SAE and metric that the figure of the most attributed ones shows. */
export const NAMED_RANKS = 12;

/** Features as the pages name them: with the label that was scored, and a card of their own where they have one. */
export const FEATURE_VIEWS: Readonly<Record<string, string>> = {
  /** The label by rule of each feature that has one: where it is active, all of the label, and whether held-out topics bear it out. */
  feature_labels: `
    SELECT feature_id, split_part(label, '; raises', 1) AS label, label AS whole, token_auc AS score, shuffled_auc AS by_chance,
      token_auc IS NULL OR token_auc < 0.75 OR token_auc <= shuffled_auc AS poor
    FROM explanations WHERE method = 'rule'`,
  /** The features that text, figures or graphs name, which have a card. */
  named_features: `
    SELECT feature_id, label, whole, score, poor FROM features LEFT JOIN feature_labels USING (feature_id)
    WHERE label IS NOT NULL OR feature_id IN (SELECT sae_id || '_' || feature FROM feature_summary WHERE rank <= ${NAMED_RANKS})`,
};
