import { arm, k, protocol } from './ablation-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

/** Metrics of lists as they are written. */
export const WRITTEN_METRICS = [
  'n_items',
  'n_tokens',
  'n_repeats',
  'shannon_index',
  'topic_shannon_index',
  'tokens_per_item',
  'share_ended',
  'hazard',
  'blank_before_end',
] as const;

export const METRICS = [...WRITTEN_METRICS, 'forced_metric'] as const;
export type Metric = (typeof METRICS)[number];

export const ablationEffects = table(
  'ablation_effects',
  'the difference between one arm and the baseline',
  {
    sae_id: nullable({
      ...saeId,
      meaning: 'the SAE; null for all SAEs, and for arms without an SAE',
    }),
    topic: nullable(text('the topic; null for all topics')),
    protocol,
    arm,
    k,
    metric: oneOf(
      METRICS,
      'a column of ablations; topic_shannon_index: the Shannon index of the items of all lists of a topic; tokens_per_item: tokens after the prompt by item; share_ended: share of lists that end; hazard: ends by item; forced_metric: blank_newline at the last item of the unchanged list, in logits',
    ),
    mean: real('mean difference from the baseline of the same lists', 'unit of the metric'),
    variance: nullable(real('sample variance of the differences; null for a single difference')),
    ci_low: real(
      'lower end of the confidence interval; for resampled, of the mean of a single draw',
      'unit of the metric',
    ),
    ci_high: real('upper end of the confidence interval', 'unit of the metric'),
    arm_mean: real('mean of the metric under the arm', 'unit of the metric'),
    n: integer(
      'number of lists averaged, each draw counted separately; number of topics for topic_shannon_index',
    ),
  },
);

export type EffectRow = Row<typeof ablationEffects>;
