import type { Prediction } from '../../resources/predictions.ts';
import type { EffectRow } from '../../schema/ablation-effects.ts';
import type { EffectRow as BaselineRow } from '../../schema/baseline-effects.ts';
import { type Interval, isBeyond } from './outcome.ts';

/** The control of each arm that a prediction is about. */
const CONTROL_OF = { ablated: 'random', substituted: 'random-substituted' } as const;
const PREDICTED_ARMS = ['ablated', 'substituted'] as const satisfies (keyof typeof CONTROL_OF)[];

/** The metrics that are predicted: the items that are added to the lists, and what to the metric of the unchanged list. */
const PREDICTED = ['n_items', 'forced_metric'] as const;

/**
 * What the effects on other topics lead one to expect of a study: their mean, with an interval that allows for their own
 * uncertainty and for the study's, which has `scale` times as many lists.
 */
export const expectationsOf = (
  ablation: readonly EffectRow[],
  baselines: readonly BaselineRow[],
  scale: number,
): Prediction[] => [
  ...saesOf(ablation).flatMap((sae_id) => saeExpectations(sae_id, ablation, scale)),
  ...baselines
    .filter(({ metric, strength }) => metric === 'n_items' && strength !== 0)
    .map((effect) => baselineExpectation(effect, scale)),
];

const saesOf = (ablation: readonly EffectRow[]): string[] => [
  ...new Set(ablation.flatMap(({ sae_id }) => sae_id ?? [])),
];

/** Of one SAE: the effects of its arms over all topics, edited from the prompt, where it has them and their controls. */
function saeExpectations(
  sae_id: string,
  ablation: readonly EffectRow[],
  scale: number,
): Prediction[] {
  const overAll = ablation.filter(
    (row) => row.sae_id === sae_id && row.topic === null && row.protocol === 'from-prompt',
  );
  const effectOf = (ofArm: string, ofMetric: string) =>
    overAll.find(({ arm, metric }) => arm === ofArm && metric === ofMetric);
  return PREDICTED_ARMS.flatMap((arm) =>
    PREDICTED.flatMap((metric): Prediction[] => {
      const control = CONTROL_OF[arm];
      const [effect, other] = [effectOf(arm, metric), effectOf(control, metric)];
      if (effect === undefined || other === undefined) return [];
      const id = `${sae_id} ${arm} ${metric}`;
      const beyondControl = isBeyond(effect, other);
      const interval = expectedInterval(effect, scale);
      return [{ id, of: { sae_id, arm }, metric, ...interval, control, beyondControl }];
    }),
  );
}

const baselineExpectation = (
  { method, layer, strength, ...effect }: BaselineRow,
  scale: number,
): Prediction => ({
  id: [method, layer, strength].filter((part) => part !== null).join(' '),
  of: { method, layer, strength },
  metric: 'n_items',
  ...expectedInterval(effect, scale),
  control: null,
  beyondControl: null,
});

/** The pilot's variance and the study's, which is smaller by the number of lists, add up. */
function expectedInterval(
  { mean, ci_low, ci_high }: Interval & { readonly mean: number },
  scale: number,
): Pick<Prediction, 'low' | 'high'> {
  const wider = Math.sqrt(1 + 1 / scale);
  const round = (x: number) => Number(x.toPrecision(4));
  return {
    low: round(mean - wider * (mean - ci_low)),
    high: round(mean + wider * (ci_high - mean)),
  };
}
