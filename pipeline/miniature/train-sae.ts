import { float32, type Tensor } from '../graph/tensor.ts';
import { openSession, type Session } from '../runtime/session.ts';
import type { Family } from '../schema/sae-families.ts';
import { keyedRandom } from '../stats/random.ts';
import { gatherRows } from '../train/activations.ts';
import { adamStep, startAdam } from '../train/adam.ts';
import { type SaeShape, saeLossGraph } from './sae-loss.ts';
import { initialSaeParameters, saeArrays } from './sae-parameters.ts';
import { type SaePlan, saeSchedule } from './sae-plan.ts';
import type { ScaledActivations } from './scaled-activations.ts';

/** Quality of an SAE on held-out activations. */
export interface SaeReport {
  readonly id: string;
  /** Fraction of variance unexplained. */
  readonly fvu: number;
  readonly l0: number;
  /** Share of features that are never active. */
  readonly dead: number;
}

/** The last tenth of the activations is held out. */
const HELD_OUT = 0.1;

/** Train one SAE or transcoder. @param onStep called after each step, counted from 1 */
export async function trainSae(
  { id, family }: { readonly id: string; readonly family: Family },
  plan: SaePlan,
  data: ScaledActivations,
  onStep: (step: number) => void,
): Promise<{ arrays: Record<string, Tensor>; report: SaeReport }> {
  const { x, y } = data;
  const shape: SaeShape = { dIn: x.width, dSae: plan.dSae, dOut: y.width };
  const nTrain = Math.floor(x.n * (1 - HELD_OUT));
  const parameters = initialSaeParameters(shape, data, plan.seed, id);
  const adam = startAdam(parameters.length);
  const random = keyedRandom(plan.seed, `sae ${id}`);
  const session = await openSession(saeLossGraph(shape), { provider: 'cpu' });
  try {
    for (let step = 1; step <= plan.steps; step++) {
      const rows = Int32Array.from({ length: plan.batch }, () => Math.floor(random() * nTrain));
      const { rate, lambda } = saeSchedule(plan, family, step);
      const { gradient } = await computeLoss(session, data, rows, { parameters, lambda });
      adamStep(parameters, gradient!.data as Float32Array, adam, { step, rate });
      onStep(step);
    }
    const heldOut = Int32Array.from({ length: x.n - nTrain }, (_, i) => nTrain + i);
    const outputs = await computeLoss(session, data, heldOut, { parameters, lambda: 0 });
    const fired = outputs.fired!.data as Float32Array;
    const report = {
      id,
      fvu: Number(outputs.error!.data[0]) / data.variance,
      l0: Number(outputs.l0!.data[0]),
      dead: fired.filter((count) => count === 0).length / plan.dSae,
    };
    return { arrays: saeArrays(shape, parameters, data), report };
  } finally {
    await session.release();
  }
}

/** Run the loss graph on some rows of the activations. */
const computeLoss = (
  session: Session,
  { x, y, xScale, yScale, weights }: ScaledActivations,
  rows: Int32Array,
  { parameters, lambda }: { readonly parameters: Float32Array; readonly lambda: number },
) =>
  session.run({
    parameters: float32(parameters, [parameters.length]),
    x: float32(gatherRows(x, rows, xScale), [rows.length, x.width]),
    y: float32(gatherRows(y, rows, yScale), [rows.length, y.width]),
    weight: float32(
      Float32Array.from(rows, (row) => weights[row]!),
      [rows.length, 1],
    ),
    lambda: float32([lambda], [1]),
  });
