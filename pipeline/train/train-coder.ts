import { float32, int64, type Tensor } from '../graph/tensor.ts';
import { openSession } from '../runtime/session.ts';
import { keyedRandom } from '../stats/random.ts';
import { type Activations, gatherRows } from './activations.ts';
import { adamStep, startAdam } from './adam.ts';
import { batchTopKGraph, type CoderShape, evaluationGraph, THRESHOLD_ROWS } from './batch-topk.ts';
import type { CoderData } from './coder-data.ts';
import {
  coderArrays,
  decoderOf,
  initialCoder,
  normalizeRows,
  startOf,
} from './coder-parameters.ts';
import type { SaeTraining } from './training-settings.ts';

/** Quality of an SAE on activations of its corpus that it was not trained on. */
export interface CoderReport {
  readonly id: string;
  /** Fraction of variance unexplained. */
  readonly fvu: number;
  readonly l0: number;
  /** Share of features that are never active. */
  readonly dead: number;
  readonly threshold: number;
}

/** Share of the activations that is held out. */
const HELD_OUT = 0.05;

/**
 * Train one SAE or transcoder.
 * @param onStep called after each step, counted from 1, with the number of all steps
 */
export async function trainCoder(
  id: string,
  dSae: number,
  {
    training,
    data,
    onStep,
  }: {
    readonly training: SaeTraining;
    readonly data: CoderData;
    readonly onStep: (step: number, steps: number) => void;
  },
): Promise<{ arrays: Record<string, Tensor>; report: CoderReport }> {
  const { x, y } = data;
  const shape: CoderShape = { dIn: x.width, dSae, dOut: y.width };
  const order = shuffled(x.n, keyedRandom(training.seed, `SAE rows ${id}`));
  const nTrain = Math.floor(x.n * (1 - HELD_OUT));
  const [trained, heldOut] = [order.subarray(0, nTrain), order.subarray(nTrain)];
  const parameters = initialCoder(shape, data, startOf(training.seed, id));
  const threshold = await optimise(shape, parameters, {
    id,
    training,
    data,
    rows: trained,
    onStep,
  });
  const quality = await evaluate(shape, { parameters, threshold }, { data, rows: heldOut });
  return {
    arrays: coderArrays(shape, parameters, { ...data, threshold }),
    report: { id, threshold, ...quality },
  };
}

/** Steps of the training of one SAE on n activations. */
export const stepsOf = ({ epochs, batch }: SaeTraining, n: number): number =>
  Math.max(1, Math.round((epochs * n * (1 - HELD_OUT)) / batch));

/** The mean threshold of the last tenth of the steps is that of the trained SAE. */
const LAST = 0.1;

/** Change the parameters, in place. @returns the threshold */
async function optimise(
  shape: CoderShape,
  parameters: Float32Array,
  {
    id,
    training,
    data,
    rows,
    onStep,
  }: {
    readonly id: string;
    readonly training: SaeTraining;
    readonly data: CoderData;
    readonly rows: Int32Array;
    readonly onStep: (step: number, steps: number) => void;
  },
): Promise<number> {
  const { batch, seed } = training;
  const steps = stepsOf(training, data.x.n);
  const adam = startAdam(parameters.length);
  const draw = keyedRandom(seed, `SAE batches ${id}`);
  const next = batches(rows, batch, draw);
  const thresholds: number[] = [];
  await using session = await openSession(batchTopKGraph(shape, batch), { provider: 'cpu' });
  for (let step = 1; step <= steps; step++) {
    const chosen = next();
    const { rate, k } = scheduleOf(training, step / steps, step);
    const outputs = await session.run({
      parameters: float32(parameters, [parameters.length]),
      ...feedsOf(data, chosen),
      weight: float32(
        Float32Array.from(chosen, (row) => data.weights[row]!),
        [batch, 1],
      ),
      count: int64([Math.round(k * Math.min(batch, THRESHOLD_ROWS))], [1]),
    });
    adamStep(parameters, outputs.gradient!.data as Float32Array, adam, { step, rate });
    normalizeRows(decoderOf(parameters, shape), shape.dOut);
    if (step > steps * (1 - LAST)) thresholds.push(Number(outputs.threshold!.data[0]));
    onStep(step, steps);
  }
  return thresholds.reduce((sum, value) => sum + value, 0) / thresholds.length;
}

const WARM_UP = 50; // steps
/** The learning rate falls to zero over the last half, the sparsity to its final value over the first. */
const HALF = 0.5;
/** Active features at the start, as a multiple of those at the end. */
const FIRST_K = 4;

/** Learning rate and mean number of active features of a step. @param progress share of the steps, up to 1 */
function scheduleOf({ rate, k }: SaeTraining, progress: number, step: number) {
  return {
    rate: rate * Math.min(1, (1 - progress) / HALF, step / WARM_UP),
    k: k * Math.max(1, FIRST_K - ((FIRST_K - 1) * progress) / HALF),
  };
}

/** Batches of rows without repeats within an epoch. */
function batches(rows: Int32Array, size: number, random: () => number): () => Int32Array {
  let order: Int32Array = new Int32Array();
  let start = 0;
  return () => {
    const batch = new Int32Array(size);
    for (let filled = 0; filled < size; ) {
      if (start >= order.length) {
        order = shuffled(rows.length, random);
        start = 0;
      }
      const taken = order.subarray(start, start + size - filled);
      taken.forEach((index, i) => {
        batch[filled + i] = rows[index]!;
      });
      filled += taken.length;
      start += taken.length;
    }
    return batch;
  };
}

/** The numbers below n in a random order. Source: Fisher & Yates, Knuth's algorithm P. */
function shuffled(n: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

const feedsOf = ({ x, y, xScale, yScale }: CoderData, rows: Int32Array) => {
  const gather = (values: Activations, scale: number) =>
    float32(gatherRows(values, rows, scale), [rows.length, values.width]);
  return { x: gather(x, xScale), y: gather(y, yScale) };
};

/** Rows of one run of the evaluation. */
const EVALUATED = 2048;

async function evaluate(
  shape: CoderShape,
  { parameters, threshold }: { readonly parameters: Float32Array; readonly threshold: number },
  { data, rows }: { readonly data: CoderData; readonly rows: Int32Array },
): Promise<Pick<CoderReport, 'fvu' | 'l0' | 'dead'>> {
  await using session = await openSession(evaluationGraph(shape), { provider: 'cpu' });
  let [error, l0] = [0, 0];
  const fired = new Float64Array(shape.dSae);
  for (let start = 0; start < rows.length; start += EVALUATED) {
    const outputs = await session.run({
      parameters: float32(parameters, [parameters.length]),
      threshold: float32([threshold], [1]),
      ...feedsOf(data, rows.subarray(start, start + EVALUATED)),
    });
    error += Number(outputs.error!.data[0]);
    l0 += Number(outputs.l0!.data[0]);
    (outputs.fired!.data as Float32Array).forEach((n, feature) => {
      fired[feature]! += n;
    });
  }
  return {
    fvu: error / rows.length / data.variance,
    l0: l0 / rows.length,
    dead: fired.filter((n) => n === 0).length / shape.dSae,
  };
}
