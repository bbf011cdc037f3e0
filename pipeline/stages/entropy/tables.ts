import { integer, nullable, oneOf, type Row, real, table } from '../../schema/table.ts';
import { TEMPLATES } from '../../study/study.ts';
import { sampleId } from '../1-generate.ts';

/** The prompt as it was sampled with, or with its qualifier swapped and the list kept. */
export const CONDITIONS = ['clean', 'corrupted'] as const;
export const POSITION_KINDS = ['item', 'newline'] as const;
export type Condition = (typeof CONDITIONS)[number];
export type PositionKind = (typeof POSITION_KINDS)[number];

const CONDITION_MEANING = 'the prompt as sampled, or with its qualifier swapped';
const POSITION_MEANING = "after the item's last token, or after its newline";
const ENTROPY_MEANING = 'entropy of the full softcapped next-token distribution at temperature 1';

/** The tokens that decide how a list goes on, by the column that holds their probability. */
export const WATCHED = {
  p_blank: ' ',
  p_newline: '\n',
  p_hyphen: '-',
  p_end_of_turn: '<end_of_turn>',
} as const;
export type WatchedColumn = keyof typeof WATCHED;
export const WATCHED_COLUMNS = Object.keys(WATCHED) as WatchedColumn[];

const truth = (what: string) => `${what} under the generating process; miniature only`;

export const entropy = table('entropy', 'what may follow one position of a list', {
  sample_id: sampleId,
  condition: oneOf(CONDITIONS, CONDITION_MEANING),
  item_index: integer('place of the item in the list, from 0'),
  items_from_end: nullable(integer('0 for the last item; none where the list did not end')),
  position_kind: oneOf(POSITION_KINDS, POSITION_MEANING),
  entropy: real(ENTROPY_MEANING, 'nats'),
  p_blank: real('probability that a blank comes next'),
  p_newline: real('probability that a newline comes next'),
  p_hyphen: real('probability that a hyphen comes next'),
  p_end_of_turn: real('probability that the end of the turn comes next'),
  true_entropy: nullable(real(truth('entropy'), 'nats')),
  true_p_blank: nullable(real(truth('probability of a blank'))),
  true_p_newline: nullable(real(truth('probability of a newline'))),
  true_p_hyphen: nullable(real(truth('probability of a hyphen'))),
  true_p_end_of_turn: nullable(real(truth('probability of the end of the turn'))),
  kl: nullable(real('KL divergence of the model from the generating process', 'nats')),
});

export const tokenEntropy = table(
  'token_entropy',
  'the distribution after one token of an answer',
  {
    sample_id: sampleId,
    pos: integer('position of the token, in the whole sequence from 0'),
    entropy: real(ENTROPY_MEANING, 'nats'),
    p_realised: nullable(
      real('probability of the token that came next; none after the last', 'probability'),
    ),
    true_entropy: nullable(real(truth('entropy'), 'nats')),
    kl: nullable(real('KL divergence of the model from the generating process', 'nats')),
  },
);

/** Columns of `entropy` that are averaged in `entropy_summary`. */
export const QUANTITIES = ['entropy', 'true_entropy', ...WATCHED_COLUMNS] as const;

export const entropySummary = table('entropy_summary', 'one mean over lists, with its interval', {
  template: oneOf(TEMPLATES, 'which prompt the lists were sampled with'),
  condition: oneOf(CONDITIONS, CONDITION_MEANING),
  position_kind: oneOf(POSITION_KINDS, POSITION_MEANING),
  item_index: nullable(
    integer('place of the item from the start; none where counted from the end'),
  ),
  items_from_end: nullable(integer('place from the end; none where counted from the start')),
  quantity: oneOf(QUANTITIES, 'the column of `entropy` that is averaged'),
  mean: real('mean', 'unit of the quantity'),
  ci_low: real('lower end of the interval', 'unit of the quantity'),
  ci_high: real('upper end of the interval', 'unit of the quantity'),
  n: integer('lists averaged', 'lists'),
});

export type EntropyRow = Row<typeof entropy>;
export type TokenEntropyRow = Row<typeof tokenEntropy>;
export type SummaryRow = Row<typeof entropySummary>;
