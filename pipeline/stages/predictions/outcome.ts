import type { Prediction } from '../../resources/predictions.ts';
import type { EffectRow } from '../../schema/ablation-effects.ts';
import type { EffectRow as BaselineRow } from '../../schema/baseline-effects.ts';
import type { PredictionRow } from '../../schema/predictions.ts';

export interface Interval {
  readonly ci_low: number;
  readonly ci_high: number;
}

/** Whether two intervals do not overlap. */
export const isBeyond = (effect: Interval, control: Interval): boolean =>
  effect.ci_low > control.ci_high || effect.ci_high < control.ci_low;

export interface Effects {
  readonly ablation: readonly EffectRow[];
  readonly baselines: readonly BaselineRow[];
}

/** A prediction beside what the study found. */
export function predictionRow(prediction: Prediction, effects: Effects): PredictionRow {
  const { id, of, metric, low, high, control, beyondControl } = prediction;
  const effect = effectOf(of, metric, effects);
  const beyond = effect ? isBeyondControl(prediction, effect, effects) : null;
  return {
    prediction_id: id,
    about: Object.values(of)
      .filter((part) => part !== null)
      .join(' '),
    metric,
    expected_low: low,
    expected_high: high,
    control,
    expected_beyond_control: beyondControl,
    outcome: effect?.mean ?? null,
    ci_low: effect?.ci_low ?? null,
    ci_high: effect?.ci_high ?? null,
    beyond_control: beyond,
    verdict: verdictOf(prediction, effect?.mean, beyond),
    n: effect?.n ?? null,
  };
}

/** Whether an effect lies beyond that of its control; null where a prediction has none, or the study lacks it. */
function isBeyondControl(
  { of, metric, control }: Prediction,
  effect: Interval,
  effects: Effects,
): boolean | null {
  if (control === null || !('sae_id' in of)) return null;
  const other = effectOf({ sae_id: of.sae_id, arm: control }, metric, effects);
  return other ? isBeyond(effect, other) : null;
}

/** @param outcome the effect that was found; undefined where there is none */
function verdictOf(
  { low, high, beyondControl }: Prediction,
  outcome: number | undefined,
  beyond: boolean | null,
): PredictionRow['verdict'] {
  if (outcome === undefined) return 'no outcome';
  return outcome >= low && outcome <= high && beyond === beyondControl ? 'right' : 'wrong';
}

type About =
  | { readonly sae_id: string; readonly arm: string }
  | Extract<Prediction['of'], { method: string }>;

const effectOf = (of: About, metric: string, { ablation, baselines }: Effects) =>
  'sae_id' in of
    ? ablation.find(
        (row) =>
          row.sae_id === of.sae_id &&
          row.arm === of.arm &&
          row.metric === metric &&
          row.topic === null &&
          row.protocol === 'from-prompt' &&
          row.k === mainDose(ablation),
      )
    : baselines.find(
        (row) =>
          row.method === of.method &&
          row.layer === of.layer &&
          row.strength === of.strength &&
          row.metric === metric,
      );

/** The study's k: that of the random controls, of which there are no other doses. */
const mainDose = (ablation: readonly EffectRow[]): number | null =>
  ablation.find(({ arm }) => arm === 'random')?.k ?? null;
