import { flag, integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

export const predictions = table(
  'predictions',
  'one prediction that was made before the study’s lists were edited, and its outcome',
  {
    prediction_id: text('names the prediction'),
    about: text('the SAE and arm of ablations, or the method, layer and strength of baselines'),
    metric: text('a metric of ablation_effects or baseline_effects'),
    expected_low: real(
      'lower end of the interval in which the effect is expected',
      'unit of the metric',
    ),
    expected_high: real('upper end of that interval', 'unit of the metric'),
    control: nullable(text('the arm that it is compared with; null for none')),
    expected_beyond_control: nullable(
      flag('whether the effect is expected to lie beyond its control’s; null without a control'),
    ),
    outcome: nullable(real('the effect; null where the study has none', 'unit of the metric')),
    ci_low: nullable(real('lower end of its confidence interval', 'unit of the metric')),
    ci_high: nullable(real('upper end of its confidence interval', 'unit of the metric')),
    beyond_control: nullable(
      flag('whether the intervals of effect and control do not overlap; null without a control'),
    ),
    verdict: oneOf(
      ['right', 'wrong', 'no outcome'],
      'right: the effect lies in the expected interval, and beyond its control if and only if that was expected',
    ),
    n: nullable(integer('lists of the outcome', 'lists')),
  },
);

export type PredictionRow = Row<typeof predictions>;
