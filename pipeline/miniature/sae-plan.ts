import type { Family } from '../schema/sae-families.ts';

/** Hyperparameters of the training of SAEs. */
export interface SaePlan {
  readonly seed: number;
  readonly steps: number;
  /** Activations per step. */
  readonly batch: number;
  readonly dSae: number;
  readonly peakRate: number;
  /** The L0 coefficient λ by family, in units of the output's variance. */
  readonly sparsity: Readonly<Partial<Record<Family, number>>>;
}

export const SAE_PLAN: SaePlan = {
  seed: 1,
  steps: 1500,
  batch: 1024,
  dSae: 384,
  peakRate: 3e-3,
  sparsity: { res: 3e-3, att: 7e-4, tc: 8e-4 },
};

/** λ rises linearly over the first 30 % of the steps. */
const SPARSITY_WARM_UP = 0.3;
const RATE_WARM_UP = 50; // steps
/** The learning rate falls linearly to zero over the last half of the steps. */
const DECAY = 0.5;

/** Learning rate and λ of a step, counted from 1. */
export function saeSchedule(
  { steps, peakRate, sparsity }: SaePlan,
  family: Family,
  step: number,
): { readonly rate: number; readonly lambda: number } {
  const progress = step / steps;
  return {
    rate: peakRate * Math.min(1, (1 - progress) / DECAY, step / RATE_WARM_UP),
    lambda: sparsity[family]! * Math.min(1, progress / SPARSITY_WARM_UP),
  };
}
