import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from './table.ts';
import { TOKEN_KINDS } from './token-kinds.ts';

export const POSITION_KINDS = ['all', 'answer', 'first', ...TOKEN_KINDS] as const;
export type PositionKind = (typeof POSITION_KINDS)[number];

/** What is measured of an SAE or transcoder. */
const qualityColumns = {
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
};

export const saeQualityTable = table(
  'sae_quality',
  'one SAE at positions of one kind',
  qualityColumns,
);

export type SaeQualityRow = Row<typeof saeQualityTable>;

export const transcoderQuality = table(
  'transcoder_quality',
  'one transcoder of the circuits at positions of one kind',
  qualityColumns,
);

export const transcodersTogether = table(
  'transcoders_together',
  'all MLPs that have a transcoder, replaced at once at every position but the first, at positions of one kind',
  {
    position_kind: qualityColumns.position_kind,
    cross_entropy: real('mean cross-entropy of the tokens after these positions', 'nats a token'),
    cross_entropy_rise: real(
      'by how much it rises with every MLP replaced by its transcoder, each of which reads what the replaced layers below it give',
      'nats a token',
    ),
    rise_of_zero: real('the same with every MLP replaced by zero', 'nats a token'),
    rise_of_mean: real('the same with every MLP replaced by its mean', 'nats a token'),
    loss_recovered: nullable(
      real(
        '1 − cross_entropy_rise / rise_of_zero; null where rise_of_zero is below 0.1 nats a token',
      ),
    ),
    loss_recovered_over_mean: nullable(
      real('the same with rise_of_mean in the place of rise_of_zero'),
    ),
    n_transcoders: integer('transcoders'),
    n: integer('positions that have a next token', 'positions'),
  },
);

export type TranscodersTogetherRow = Row<typeof transcodersTogether>;
