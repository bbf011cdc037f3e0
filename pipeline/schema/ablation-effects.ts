import { arm, k, protocol } from './ablation-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

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

export type EffectRow = Row<typeof ablationEffects>;
