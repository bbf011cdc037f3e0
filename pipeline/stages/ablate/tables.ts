import {
  flag,
  integer,
  integers,
  nullable,
  oneOf,
  type Row,
  real,
  table,
  text,
} from '../../schema/table.ts';
import { sampleId } from '../1-generate.ts';
import { saeId } from '../5-sae-quality.ts';

/**
 * `from-prompt`: features of the prompt are ablated, the whole list is written again. `continue`: features up to the
 * last item's hyphen are ablated, and only what follows that hyphen is written again, so that no list gets shorter.
 */
export const PROTOCOLS = ['from-prompt', 'continue'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * `baseline`: the list as it was. `no-edit`: written again by the graph that could edit. `resampled`: written again
 * with other noise. `ablated`: the most attributed features zeroed. `random`: as many others, at the same positions.
 * `reconstruction`: what the SAE rebuilds in the activation's place, nothing zeroed.
 */
export const ARMS = [
  'baseline',
  'no-edit',
  'resampled',
  'ablated',
  'random',
  'reconstruction',
] as const;
export type Arm = (typeof ARMS)[number];

const protocol = oneOf(
  PROTOCOLS,
  'whether the whole list is written again, or what follows the last item’s hyphen',
);
const arm = oneOf(ARMS, 'what is done while the list is written');
const k = nullable(integer('features zeroed at most; none where the arm zeroes none'));
const anySae = nullable({ ...saeId, meaning: 'the SAE; none where the arm has none' });

export const ablations = table('ablations', 'one list under one arm', {
  sample_id: sampleId,
  sae_id: anySae,
  protocol,
  arm,
  k,
  draw: nullable(integer('which of the draws with other noise, from 0; resampled only')),
  n_items: integer('items that were finished, those of a kept prefix included', 'items'),
  n_tokens: integer('tokens after the prompt, kept prefix and stop token included', 'tokens'),
  n_repeats: integer('items that repeat an earlier one of the list', 'items'),
  shannon_index: real('diversity of the list’s items', 'nats'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  blank_before_end: flag('whether it ended after a blank: the last item’s'),
  text: text('the answer, from its first hyphen on'),
  token_ids: integers('prompt and list'),
});

export const ablationEdits = table('ablation_edits', 'one feature zeroed at one position', {
  sample_id: sampleId,
  sae_id: saeId,
  protocol,
  arm: oneOf(['ablated', 'random'], 'ablated as most attributed, or at random in its stead'),
  pos: integer('position in the whole sequence, from 0'),
  feature: integer('feature of the SAE'),
  feature_act: real('its activation there'),
  attribution: nullable(real('of the metric blank_newline; none at random', 'logits')),
  rank: integer('place by attribution among those that the protocol edits; of the one replaced'),
});

export const ablationMetric = table('ablation_metric', 'what zeroing k features does to one list', {
  sample_id: sampleId,
  sae_id: saeId,
  protocol,
  k: integer('features zeroed at most'),
  n_edits: integer('features zeroed: fewer where no more have a positive attribution'),
  predicted: real('change of blank_newline by their attributions, −Σ attribution', 'logits'),
  measured: real('change of blank_newline, the list’s own tokens kept', 'logits'),
});

export const METRICS = [
  'n_items',
  'n_tokens',
  'n_repeats',
  'shannon_index',
  'topic_shannon_index',
  'ended',
  'blank_before_end',
] as const;
export type Metric = (typeof METRICS)[number];

export const ablationEffects = table('ablation_effects', 'how one arm differs from the baseline', {
  sae_id: nullable({ ...saeId, meaning: 'the SAE; none: all of them, or an arm that has none' }),
  topic: nullable(text('one topic alone; none for all topics')),
  protocol,
  arm,
  k,
  metric: oneOf(
    METRICS,
    'a column of ablations, or the diversity of a topic’s items, its lists pooled',
  ),
  mean: real('mean difference from the same lists’ baseline', 'unit of the metric'),
  variance: nullable(real('sample variance of the difference; none for one alone')),
  ci_low: real(
    'lower end of the interval; for resampled, of what one draw alone gives',
    'unit of the metric',
  ),
  ci_high: real('upper end of the interval', 'unit of the metric'),
  arm_mean: real('mean under the arm itself', 'unit of the metric'),
  n: integer('lists (draws apart) averaged; topics for topic_shannon_index'),
});

export const predictionQuality = table(
  'prediction_quality',
  'how well attribution predicts what one SAE’s ablation does to the metric',
  {
    sae_id: saeId,
    protocol,
    rank_correlation: nullable(real('Spearman’s, of predicted and measured; none if constant')),
    sign_agreement: nullable(real('share of lists where both have one sign; none without lists')),
    mean_predicted: nullable(real('mean of predicted', 'logits')),
    mean_measured: nullable(real('mean of measured', 'logits')),
    n: integer('lists in which anything is zeroed', 'lists'),
  },
);

export type AblationRow = Row<typeof ablations>;
export type EditRow = Row<typeof ablationEdits>;
export type MetricRow = Row<typeof ablationMetric>;
export type EffectRow = Row<typeof ablationEffects>;
export type QualityRow = Row<typeof predictionQuality>;
