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
import { TEMPLATES } from '../../study/study.ts';
import { sampleId } from '../1-generate.ts';
import { saeId } from '../5-sae-quality.ts';
import { METRICS as LIST_METRICS } from '../ablate/tables.ts';

/**
 * `baseline`: the list as it was. `steering`: the difference that the qualifier makes at the end of the prompt is
 * added. `steering_item_end`: that which it makes at the end of each item. `end_logit`: what ends an answer is made
 * less likely. `ban_…`: it, the blank or both are never sampled. `swap_word`, `drop_word`: another qualifier, or none.
 */
export const METHODS = [
  'baseline',
  'steering',
  'steering_item_end',
  'end_logit',
  'ban_end',
  'ban_blank',
  'ban_both',
  'swap_word',
  'drop_word',
] as const;
/** Those that add a vector to the residual stream. */
export const STEERING_METHODS = ['steering', 'steering_item_end'] as const;
export type Method = (typeof METHODS)[number];

const method = oneOf(METHODS, 'what is done to get another list');
const layer = nullable(integer('the layer after which a vector is added; steering only'));
const strength = nullable(
  real(
    'of steering: length of what is added, as a share of the residual stream’s there; of end_logit: how far the logits are lowered, in logits',
  ),
);
const crossEntropy = real(
  'mean next-token cross-entropy of the answer, stop token included, under the model as it is and the list’s own prompt',
  'nats a token',
);

export const baselines = table('baselines', 'one list by one method', {
  sample_id: sampleId,
  method,
  layer,
  strength,
  n_items: integer('items that were finished', 'items'),
  n_tokens: integer('tokens after the prompt, the stop token included', 'tokens'),
  n_repeats: integer('items that repeat an earlier one of the list', 'items'),
  shannon_index: real('diversity of the list’s items', 'nats'),
  ended: flag('whether the model ended its turn before the limit on new tokens'),
  blank_before_end: flag('whether it ended after a blank: the last item’s'),
  cross_entropy: crossEntropy,
  n_prompt_tokens: integer('tokens of the prompt, the first hyphen included', 'tokens'),
  text: text('the answer, from its first hyphen on'),
  token_ids: integers('prompt, as the method leaves it, and list'),
});

export const METRICS = [...LIST_METRICS, 'cross_entropy'] as const;
export type Metric = (typeof METRICS)[number];

const difference = {
  mean: real('mean difference from the same lists’ baseline', 'unit of the metric'),
  variance: nullable(real('sample variance of the difference; none for one alone')),
  ci_low: real('lower end of the interval', 'unit of the metric'),
  ci_high: real('upper end of the interval', 'unit of the metric'),
  arm_mean: real('mean under the method or arm itself', 'unit of the metric'),
  n: integer('lists averaged; topics for topic_shannon_index'),
};

export const baselineEffects = table('baseline_effects', 'how one method differs from no method', {
  method,
  layer,
  strength,
  metric: oneOf(
    METRICS,
    'a column of baselines, or the diversity of a topic’s items, its lists pooled',
  ),
  ...difference,
});

export const steeringVectorsTable = table('steering_vectors', 'one layer’s steering vector', {
  template: oneOf(TEMPLATES, 'the prompt that it leads away from'),
  method: oneOf(STEERING_METHODS, 'the method that adds it'),
  layer: integer('the layer after which it is taken and added'),
  difference_norm: real('length of the difference that the qualifier makes there'),
  residual_norm: real('mean length of the residual stream there: that of strength 1'),
  n: integer('positions averaged on either side', 'positions'),
});

/** Of the arms of ablations that are judged, one draw with other noise is enough. */
export const DAMAGE_ARMS = [
  'baseline',
  'resampled',
  'ablated',
  'random',
  'reconstruction',
] as const;

const damageOf = {
  sae_id: nullable({ ...saeId, meaning: 'the SAE; none where the arm has none' }),
  protocol: oneOf(['from-prompt'], 'as in ablations: the whole list is written again'),
  arm: oneOf(DAMAGE_ARMS, 'as in ablations, at the study’s k; of resampled the first draw'),
};

export const ablationDamage = table('ablation_damage', 'one list of ablations, judged', {
  sample_id: sampleId,
  ...damageOf,
  cross_entropy: crossEntropy,
});

export const ablationDamageEffects = table(
  'ablation_damage_effects',
  'how the cross-entropy of one arm of ablations differs from the baseline’s',
  { ...damageOf, ...difference },
);

/** What must be known before a method can be used. */
const NEEDS = ['nothing', 'both prompts', 'finished lists'] as const;

export const baselineCosts = table('baseline_costs', 'what one method takes', {
  method: oneOf([...METHODS.slice(1), 'ablation'], 'a method, or ablation of one SAE’s features'),
  sae_id: nullable({ ...saeId, meaning: 'the SAE; ablation only' }),
  needs: oneOf(NEEDS, 'what must be known before it can be used'),
  forward_passes: integer(
    'sequences read to find what to change, for all lists; for all SAEs at once',
    'sequences',
  ),
  backward_passes: integer('gradients taken to find it', 'sequences'),
  feature_edits: integer('pairs of position and feature that are zeroed in a list at most'),
  added_vectors: integer('vectors that are added at every position'),
  biased_tokens: integer('tokens whose logit is changed', 'tokens'),
  prompt_tokens: integer('tokens of the prompt that are replaced or left out', 'tokens'),
  extra_parameters: integer('numbers that it brings beside the model’s own'),
});

export type BaselineRow = Row<typeof baselines>;
export type EffectRow = Row<typeof baselineEffects>;
export type VectorRow = Row<typeof steeringVectorsTable>;
export type DamageRow = Row<typeof ablationDamage>;
export type DamageEffectRow = Row<typeof ablationDamageEffects>;
export type CostRow = Row<typeof baselineCosts>;
