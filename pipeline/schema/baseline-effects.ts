import { METRICS as LIST_METRICS } from './ablation-effects.ts';
import { difference, layer, method, strength } from './baseline-columns.ts';
import { oneOf, type Row, table } from './table.ts';

export const METRICS = [...LIST_METRICS, 'cross_entropy'] as const;
export type Metric = (typeof METRICS)[number];

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

export type EffectRow = Row<typeof baselineEffects>;
