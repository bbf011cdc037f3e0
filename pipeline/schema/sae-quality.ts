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
  loss_recovered: nullable(
    real(
      'share of the loss recovered by the reconstruction: 1 is the clean cross-entropy, 0 that with the activation set to zero; null where zeroing does not change it',
    ),
  ),
  n_dead: nullable(
    integer('features that are never active; null except for all positions', 'features'),
  ),
  n_features: integer('number of features of the SAE', 'features'),
  n: integer('number of positions', 'positions'),
});
