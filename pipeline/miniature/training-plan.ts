/** Hyperparameters of the training of the miniature. */
export interface TrainingPlan {
  readonly seed: number;
  readonly steps: number;
  /** Rows of a batch, and tokens of a row. */
  readonly rows: number;
  readonly length: number;
  readonly peakRate: number;
  /** Steps between evaluations on held-out lists, each followed by a save; the weights do not depend on it. */
  readonly saveEvery?: number;
}

/** One point of the training curve: KL to the process on held-out lists, in nats per token. */
export interface CurvePoint {
  readonly step: number;
  readonly heldOutKl: number;
}

export const PLAN: TrainingPlan = {
  seed: 1,
  steps: 14000,
  rows: 8,
  length: 176,
  peakRate: 2e-3,
};

const WARM_UP = 100; // steps
/** Share of the steps after which the learning rate decays to zero along a cosine. */
const DECAY_FROM = 0.5;

/** Learning rate of a step, counted from 1. */
export function learningRate(step: number, { steps, peakRate }: TrainingPlan): number {
  const warm = Math.min(1, step / WARM_UP);
  const decayed = Math.max(0, (step / steps - DECAY_FROM) / (1 - DECAY_FROM));
  return peakRate * warm * 0.5 * (1 + Math.cos(Math.PI * decayed));
}
