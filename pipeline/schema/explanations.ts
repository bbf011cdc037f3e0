import { FAMILIES } from './sae-families.ts';
import { featureColumns } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

/** Where a label comes from, and what says at which positions it fits. */
export const EXPLANATION_METHODS = ['rule', 'neuronpedia', 'judge'] as const;
export type ExplanationMethod = (typeof EXPLANATION_METHODS)[number];

/** What a rule predicts an activation by, the simplest first. */
export const RULES = ['kind', 'token', 'place', 'token and kind', 'token pair'] as const;
export type RuleName = (typeof RULES)[number];

const method = oneOf(
  EXPLANATION_METHODS,
  'rule: made and applied by rule; neuronpedia: fetched, and applied by the words that it quotes; judge: the rule’s label, applied by the model itself, which is asked whether a window of text fits it',
);

const CHANCE = '0.5 is chance';

export const explanations = table(
  'explanations',
  'one label of one feature, made from some topics, and how well it says where the feature is active in lists about others',
  {
    ...featureColumns,
    sae_family: oneOf(FAMILIES, 'site of the SAE; tc: a transcoder'),
    method,
    rule: nullable(
      oneOf(
        RULES,
        'what predicts the activation: the mean over positions of the training topics with the same kind of token (prompt, marker, item, …), token, kind and item index, token and kind, or token and the one before; null for other methods, and for a feature that is never active in these',
      ),
    ),
    label: text('the label: where the feature is active, and which tokens it raises'),
    detection_auc: nullable(
      real(
        `probability that a window of 16 tokens in which the feature is active has a higher largest prediction than one in which it is not, in lists of held-out topics; ${CHANCE}; null where all windows are of one sort, or nothing is predicted`,
      ),
    ),
    token_auc: nullable(
      real(
        `probability that a position where the feature is active has a higher predicted activation than one where it is not, in lists of held-out topics; ${CHANCE}; null likewise, and for the judge`,
      ),
    ),
    output_score: nullable(
      real(
        `probability that adding the feature after a held-out list’s last item raises a token that its label says it raises more than one that other features of the SAE raise; ${CHANCE}; null for other methods, and where the feature is never active in the training topics`,
      ),
    ),
    shuffled_auc: nullable(
      real(
        'the same AUC (of windows for the judge, of positions else) with the labels of other features of the SAE: mean of up to five drawn at random; for the judge, of one other feature that was judged',
      ),
    ),
    n_held_out: integer(
      'positions of held-out topics at which the feature is active; for the judge, windows judged',
    ),
  },
);

export type ExplanationRow = Row<typeof explanations>;

export const explanationSummary = table(
  'explanation_summary',
  'the labels of one method, over all features that have scores, with SAEs as clusters',
  {
    method,
    n_features: integer('features with a label', 'features'),
    n_scored: integer('of these, features with an AUC and one of other labels', 'features'),
    share_above: nullable(
      real('share of scored features whose AUC is above that with other features’ labels'),
    ),
    share_low: nullable(real('lower end of its confidence interval')),
    share_high: nullable(real('upper end of its confidence interval')),
    auc: nullable(real('mean AUC of scored features: of windows for the judge, of positions else')),
    auc_low: nullable(real('lower end of its confidence interval')),
    auc_high: nullable(real('upper end of its confidence interval')),
    shuffled: nullable(real('mean of the AUC with other features’ labels')),
    shuffled_low: nullable(real('lower end of its confidence interval')),
    shuffled_high: nullable(real('upper end of its confidence interval')),
    output_score: nullable(real('mean output score of the features that have one')),
    output_low: nullable(real('lower end of its confidence interval')),
    output_high: nullable(real('upper end of its confidence interval')),
  },
);

export type ExplanationSummaryRow = Row<typeof explanationSummary>;
