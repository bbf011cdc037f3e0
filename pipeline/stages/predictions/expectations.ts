import type { Prediction } from '../../resources/predictions.ts';
import type { EffectRow } from '../../schema/ablation-effects.ts';
import type { EffectRow as BaselineRow } from '../../schema/baseline-effects.ts';
import { type Interval, isBeyond } from './outcome.ts';

/** The control of each arm that a prediction is about. */
export const CONTROL_OF = { ablated: 'random', substituted: 'random-substituted' } as const;

/** The metrics that are predicted: what is added to the lists, and what to the metric of the unchanged list. */
const PREDICTED = ['n_items', 'forced_metric'] as const;

/**
 * What the effects on other topics lead one to expect of a study: their mean, with an interval that allows for their own
 * uncertainty and for the study's, which has `scale` times as many lists.
 */
export function expectationsOf(
  ablation: readonly EffectRow[],
  baselines: readonly BaselineRow[],
  scale: number,
): Prediction[] {
  const found = (sae_id: string | null, arm: string, metric: string) =>
    ablation.find(
      (row) =>
        row.sae_id === sae_id &&
        row.arm === arm &&
        row.metric === metric &&
        row.topic === null &&
        row.protocol === 'from-prompt',
    );
  const ids = [...new Set(ablation.flatMap(({ sae_id }) => sae_id ?? []))];
  const ofSaes = ids.flatMap((sae_id) =>
    Object.entries(CONTROL_OF).flatMap(([arm, control]) =>
      PREDICTED.flatMap((metric): Prediction[] => {
        const [effect, other] = [found(sae_id, arm, metric), found(sae_id, control, metric)];
        if (effect === undefined || other === undefined) return [];
        return [
          {
            id: `${sae_id} ${arm} ${metric}`,
            of: { sae_id, arm: arm as keyof typeof CONTROL_OF },
            metric,
            ...expectedInterval(effect, scale),
            control,
            beyondControl: isBeyond(effect, other),
          },
        ];
      }),
    ),
  );
  const ofBaselines = baselines
    .filter(({ metric, strength }) => metric === 'n_items' && strength !== 0)
    .map(
      ({ method, layer, strength, ...effect }): Prediction => ({
        id: [method, layer, strength].filter((part) => part !== null).join(' '),
        of: { method, layer, strength },
        metric: 'n_items',
        ...expectedInterval(effect, scale),
        control: null,
        beyondControl: null,
      }),
    );
  return [...ofSaes, ...ofBaselines];
}

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
