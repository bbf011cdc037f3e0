import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';
import { TOKEN_KINDS } from './token-kinds.ts';

export const POSITION_KINDS = ['all', 'answer', ...TOKEN_KINDS] as const;
export type PositionKind = (typeof POSITION_KINDS)[number];

export const saeQualityTable = table('sae_quality', 'one SAE at positions of one kind', {
  sae_id: saeId,
  hook: text('the value that it rebuilds'),
  layer: integer('the layer that it is in'),
  position_kind: oneOf(
    POSITION_KINDS,
    'what the tokens are in the list; all: every one but BOS; answer: all that are no prompt',
  ),
  l0: real('active features a position', 'features'),
  fvu: nullable(real('fraction of variance unexplained; none where nothing varies')),
  loss_recovered: nullable(
    real(
      'share of the cross-entropy that its reconstruction keeps, zero in its place being 0; none where zero does no harm',
    ),
  ),
  n_dead: nullable(
    integer('features that no position activates; of all positions only', 'features'),
  ),
  n_features: integer('features of the SAE', 'features'),
  n: integer('positions', 'positions'),
});
