import { featureColumns } from './shared-columns.ts';
import { integer, oneOf, real, table, text } from './table.ts';

export const EFFECTS = ['promoted', 'suppressed'] as const;
export type Effect = (typeof EFFECTS)[number];

export const featureLogitsTable = table(
  'feature_logits',
  'one token that one feature promotes or suppresses',
  {
    ...featureColumns,
    effect: oneOf(EFFECTS, 'whether the feature raises or lowers the token’s logit'),
    rank: integer('rank by magnitude, from 1'),
    token_id: integer('id of the token'),
    token: text('text of the token'),
    logit: real(
      'direct effect at activation 1: decoder direction · unembedding, without norm',
      'logits',
    ),
  },
);
