import { arm, k, protocol } from './ablation-columns.ts';
import { p } from './baseline-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

/** Metrics of lists as they are written. */
export const WRITTEN_METRICS = [
  'n_items',
  'n_tokens',
  'n_repeats',
  'shannon_index',
  'shannon_rarefied',
  'topic_shannon_index',
  'topic_shannon_rarefied',
  'tokens_per_item',
  'share_ended',
  'hazard',
  'blank_before_end',
] as const;

/** What the diversities of items are, in the words of the dictionary. */
export const RAREFIED =
  'shannon_index: the Shannon index of a list’s items, which grows with their number; shannon_rarefied: the expected index of as many of them, drawn without replacement, as the shorter of the two lists has; topic_shannon_index and topic_shannon_rarefied: the same of the items of all lists of a topic';

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
      `a column of ablations; ${RAREFIED}; tokens_per_item: tokens after the prompt by item; share_ended: share of lists that end; hazard: ends by item; forced_metric: blank_newline at the last item of the unchanged list, in logits`,
    ),
    mean: real('mean difference from the baseline of the same lists', 'unit of the metric'),
    variance: nullable(real('sample variance of the differences; null for a single difference')),
    ci_low: real(
      'lower end of the confidence interval; for resampled, of the band in which the mean of a single draw lies',
      'unit of the metric',
    ),
    ci_high: real('upper end of the confidence interval', 'unit of the metric'),
    arm_mean: real('mean of the metric under the arm', 'unit of the metric'),
    p,
    p_adjusted: nullable(
      real(
        'p by Holm’s method over the SAEs with the same protocol, arm, k and metric; null for a single topic, and for all SAEs together',
      ),
    ),
    n: integer(
      'number of lists averaged, each draw counted separately; number of topics for the diversities of a topic',
    ),
  },
);

export type EffectRow = Row<typeof ablationEffects>;
