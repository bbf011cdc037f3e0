import { featureColumns } from './shared-columns.ts';
import { integer, oneOf, real, table, text } from './table.ts';

export const EFFECTS = ['promoted', 'suppressed'] as const;
export type Effect = (typeof EFFECTS)[number];

export const featureLogitsTable = table('feature_logits', 'one token that one feature acts on', {
  ...featureColumns,
  effect: oneOf(EFFECTS, 'whether its logit is raised or lowered'),
  rank: integer('place by size, from 1'),
  token_id: integer('id in the vocabulary'),
  token: text('its text'),
  logit: real('what the feature adds at unit activation, unembedded without a norm', 'logits'),
});
