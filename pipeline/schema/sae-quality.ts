import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';
import { TOKEN_KINDS } from './token-kinds.ts';

export const POSITION_KINDS = ['all', 'answer', 'first', ...TOKEN_KINDS] as const;
export type PositionKind = (typeof POSITION_KINDS)[number];

export const saeQualityTable = table('sae_quality', 'one SAE at positions of one kind', {
  sae_id: saeId,
  hook: text('hook whose value the SAE reconstructs'),
  layer: integer('layer of the SAE'),
  position_kind: oneOf(
    POSITION_KINDS,
    'kind of the tokens in the list; all: every token but the first; answer: every token after the prompt; first: position 0 (BOS, where the model has one), which no SAE replaces and no other kind counts',
  ),
  l0: real('mean number of active features per position', 'features'),
  fvu: nullable(real('fraction of variance unexplained; null where the activation is constant')),
  fvu_without_outliers: nullable(
    real(
      'the same without the positions whose activation is an outlier: its norm is more than three times the median',
    ),
  ),
  relative_error: real('squared norm of the error over that of the activation'),
  n_outliers: integer('positions whose activation is an outlier', 'positions'),
  cross_entropy: nullable(
    real(
      'mean cross-entropy of the tokens after these positions; null where none has a next token',
      'nats a token',
    ),
  ),
  cross_entropy_rise: nullable(
    real(
      'by how much it rises with the activation replaced by its reconstruction at every position but the first; null for first',
      'nats a token',
    ),
  ),
  rise_of_zero: nullable(
    real('the same with the activation replaced by zero; null for first', 'nats a token'),
  ),
  rise_of_mean: nullable(
    real(
      'the same with the activation replaced by its mean over all positions but the first; null for first',
      'nats a token',
    ),
  ),
  loss_recovered: nullable(
    real(
      'share of the loss recovered by the reconstruction, 1 − cross_entropy_rise / rise_of_zero; null where rise_of_zero is below 0.1 nats a token, of which no share says anything',
    ),
  ),
  loss_recovered_over_mean: nullable(
    real('the same with rise_of_mean in the place of rise_of_zero'),
  ),
  n_dead: nullable(
    integer('features that are never active; null except for all positions', 'features'),
  ),
  n_features: integer('number of features of the SAE', 'features'),
  n: integer('number of positions', 'positions'),
});
