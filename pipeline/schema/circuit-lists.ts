import { sampleId } from './shared-columns.ts';
import { flag, integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

export const CIRCUIT_ARMS = [
  'baseline',
  'removed',
  'random removed',
  'kept',
  'random kept',
] as const;
export type CircuitArm = (typeof CIRCUIT_ARMS)[number];

const arm = oneOf(
  CIRCUIT_ARMS,
  'baseline: without an edit; removed: the features of the circuit are set to their means at every position of prompt and list; kept: all others are; random removed, random kept: the same of as many random active features of the same layers',
);

const nFeatures = nullable(
  integer('features of the circuit, by the average graph; null for the baseline', 'features'),
);

export const circuitLists = table(
  'circuit_lists',
  'one list written with an edit of a whole circuit, or without',
  {
    sample_id: sampleId,
    arm,
    n_features: nFeatures,
    draw: integer('index of its noise, from 0; for random features also of their draw'),
    n_items: integer('finished items', 'items'),
    n_tokens: integer('tokens after the prompt, including the stop token', 'tokens'),
    n_repeats: integer('items that repeat an earlier item of the list', 'items'),
    shannon_index: real('Shannon index of the list’s items: their diversity', 'nats'),
    ended: flag('whether the model ended its turn before the limit on new tokens'),
    blank_before_end: flag('whether the list ended with a blank after its last item'),
    text: text('text of the answer, including the opening that the prompt contains'),
  },
);

export type CircuitListRow = Row<typeof circuitLists>;

export const CIRCUIT_METRICS = ['n_items', 'share_ended', 'hazard', 'tokens_per_item'] as const;

export const circuitListEffects = table(
  'circuit_list_effects',
  'what an edit of a whole circuit does to lists, by one metric',
  {
    arm,
    n_features: nFeatures,
    metric: oneOf(
      CIRCUIT_METRICS,
      'items; share of lists that ended; ends for each item; tokens for each item',
    ),
    value: real('the metric under this arm'),
    difference: nullable(
      real('its difference from the baseline on the same noise; null for the baseline'),
    ),
    ci_low: nullable(real('lower end of its confidence interval, over topics')),
    ci_high: nullable(real('upper end of its confidence interval')),
    beyond_random: nullable(
      real('its difference from as many random features on the same noise; null for other arms'),
    ),
    beyond_low: nullable(real('lower end of its confidence interval')),
    beyond_high: nullable(real('upper end of its confidence interval')),
    n: integer('lists', 'lists'),
  },
);

export type CircuitListEffectRow = Row<typeof circuitListEffects>;
