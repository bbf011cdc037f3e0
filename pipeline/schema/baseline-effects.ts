import { RAREFIED, WRITTEN_METRICS } from './ablation-effects.ts';
import { difference, layer, method, p, strength } from './baseline-columns.ts';
import { nullable, oneOf, type Row, real, table } from './table.ts';

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
      `a column of baselines; ${RAREFIED}; tokens_per_item: tokens after the prompt by item; share_ended: share of lists that end; hazard: ends by item`,
    ),
    ...difference,
    p,
    p_adjusted: nullable(
      real(
        'p by Holm’s method over all steering vectors of a strength above 0 with the same metric; p itself for other methods',
      ),
    ),
  },
);

export type EffectRow = Row<typeof baselineEffects>;
