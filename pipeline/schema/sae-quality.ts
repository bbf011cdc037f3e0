import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';
import { TOKEN_KINDS } from './token-kinds.ts';

export const POSITION_KINDS = ['all', 'answer', ...TOKEN_KINDS] as const;
export type PositionKind = (typeof POSITION_KINDS)[number];

export const saeQualityTable = table('sae_quality', 'one SAE at positions of one kind', {
  sae_id: saeId,
  hook: text('hook whose value the SAE reconstructs'),
  layer: integer('layer of the SAE'),
  position_kind: oneOf(
    POSITION_KINDS,
    'kind of the tokens in the list; all: every token but BOS; answer: every token after the prompt',
  ),
  l0: real('mean number of active features per position', 'features'),
  fvu: nullable(real('fraction of variance unexplained; null where the activation is constant')),
  fvu_without_outliers: nullable(
    real(
      'the same without the positions whose activation is an outlier: its norm is more than three times the median',
    ),
  ),
  n_outliers: integer('positions whose activation is an outlier', 'positions'),
  cross_entropy: nullable(
    real(
      'mean cross-entropy of the tokens after these positions; null where none has a next token',
      'nats a token',
    ),
  ),
  cross_entropy_rise: nullable(
    real(
      'by how much it rises with the activation replaced by its reconstruction at every position but BOS',
      'nats a token',
    ),
  ),
  loss_recovered: nullable(
    real(
      'share of the loss recovered by the reconstruction: 1 is the clean cross-entropy, 0 that with the activation set to zero; null where zeroing does not change it',
    ),
  ),
  loss_recovered_over_mean: nullable(
    real(
      'the same, where 0 is the cross-entropy with the activation set to its mean over all positions but BOS',
    ),
  ),
  n_dead: nullable(
    integer('features that are never active; null except for all positions', 'features'),
  ),
  n_features: integer('number of features of the SAE', 'features'),
  n: integer('number of positions', 'positions'),
});
