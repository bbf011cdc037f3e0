import { WRITTEN_METRICS } from './ablation-effects.ts';
import { difference, layer, method, strength } from './baseline-columns.ts';
import { oneOf, type Row, table } from './table.ts';

export const METRICS = [...WRITTEN_METRICS, 'cross_entropy'] as const;
export type Metric = (typeof METRICS)[number];

export const baselineEffects = table(
  'baseline_effects',
  'the difference between one method and the baseline',
  {
    method,
    layer,
    strength,
    metric: oneOf(
      METRICS,
      'a column of baselines; topic_shannon_index: the Shannon index of the items of all lists of a topic; tokens_per_item: tokens after the prompt by item; share_ended: share of lists that end; hazard: ends by item',
    ),
    ...difference,
  },
);

export type EffectRow = Row<typeof baselineEffects>;
