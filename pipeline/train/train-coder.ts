import { float32, int64, type Tensor } from '../graph/tensor.ts';
import { floats } from '../runtime/outputs.ts';
import { openSession, type Session } from '../runtime/session.ts';
import { parseSaeId } from '../sae/sae.ts';
import { adamStep } from './adam.ts';
import { batchTopKGraph, type CoderShape, THRESHOLD_ROWS } from './batch-topk.ts';
import { batches, rowFeeds, splitRows, stepsOf } from './coder-batches.ts';
import {
  CHECKPOINT_INTERVAL,
  type CoderState,
  loadCheckpoint,
  saveCheckpoint,
  startState,
} from './coder-checkpoint.ts';
import type { CoderData } from './coder-data.ts';
import {
  coderArrays,
  decoderOf,
  initialCoder,
  normalizeRows,
  startOf,
} from './coder-parameters.ts';
import { type CoderQuality, evaluateCoder } from './evaluate-coder.ts';
import type { SaeTraining } from './training-settings.ts';

/** A trained SAE, with its quality on activations of its corpus that it was not trained on. */
export interface CoderReport extends CoderQuality {
  readonly id: string;
  readonly threshold: number;
}

/** What one SAE is trained on, and how. */
export interface CoderTraining {
  readonly training: SaeTraining;
  readonly data: CoderData;
  /** The file that keeps the state of an interrupted training; nothing is kept where left out. */
  readonly checkpoint?: string;
  /** Called after each step, counted from 1, with the number of all steps. */
  readonly onStep: (step: number, steps: number) => void;
}

/**
 * Train one SAE or transcoder. One that was interrupted goes on after its checkpoint, and gives the same arrays as an
 * uninterrupted one.
 */
export async function trainCoder(
  id: string,
  dSae: number,
  options: CoderTraining,
): Promise<{ arrays: Record<string, Tensor>; report: CoderReport }> {
  const { training, data, checkpoint } = options;
  const hasSkip = training.skip === true && parseSaeId(id).family === 'tc';
  const shape: CoderShape = { dIn: data.x.width, dSae, dOut: data.y.width, hasSkip };
  const { trained, heldOut } = splitRows(id, training, data.x.n);
  const first = initialCoder(shape, data, startOf(training.seed, id));
  const kept = checkpoint === undefined ? null : await loadCheckpoint(checkpoint, first.length);
  const state = kept ?? startState(first);
  await optimise(shape, state, { ...options, id, rows: trained });
  const { parameters, thresholds } = state;
  const threshold = thresholds.reduce((sum, value) => sum + value, 0) / thresholds.length;
  const quality = await evaluateCoder(shape, { parameters, threshold }, { data, rows: heldOut });
  return {
    arrays: coderArrays(shape, parameters, { ...data, threshold }),
    report: { id, threshold, ...quality },
  };
}

/** The mean threshold of the last tenth of the steps is that of the trained SAE. */
const LAST = 0.1;

interface Optimisation extends CoderTraining {
  readonly id: string;
  readonly rows: Int32Array;
}

/** Make the steps that a state lacks, in place. */
async function optimise(
  shape: CoderShape,
  state: CoderState,
  { id, training, data, rows, checkpoint, onStep }: Optimisation,
): Promise<void> {
  const steps = stepsOf(training, data.x.n);
  const next = batches(id, training, rows, state.step);
  await using session = await openSession(batchTopKGraph(shape, training.batch), {
    provider: 'cpu',
  });
  while (state.step < steps) {
    state.step++;
    const feeds = batchFeeds(data, next());
    const schedule = scheduleOf(training, state.step / steps, state.step);
    const threshold = await makeStep(session, shape, state, { feeds, ...schedule });
    if (state.step > steps * (1 - LAST)) state.thresholds.push(threshold);
    if (checkpoint !== undefined && state.step % CHECKPOINT_INTERVAL === 0)
      saveCheckpoint(checkpoint, state);
    onStep(state.step, steps);
  }
}

const WARM_UP = 50; // steps
/** The learning rate falls to zero over the last half, the sparsity to its final value over the first. */
const HALF = 0.5;
/** Active features at the start, as a multiple of those at the end. */
const FIRST_K = 4;

interface Schedule {
  /** Learning rate. */
  readonly rate: number;
  /** Mean number of active features. */
  readonly k: number;
}

/** @param progress share of the steps, up to 1 */
const scheduleOf = ({ rate, k }: SaeTraining, progress: number, step: number): Schedule => ({
  rate: rate * Math.min(1, (1 - progress) / HALF, step / WARM_UP),
  k: k * Math.max(1, FIRST_K - ((FIRST_K - 1) * progress) / HALF),
});

type BatchFeeds = ReturnType<typeof batchFeeds>;

const batchFeeds = (data: CoderData, rows: Int32Array) => ({
  ...rowFeeds(data, rows),
  weight: float32(
    Float32Array.from(rows, (row) => data.weights[row]!),
    [rows.length, 1],
  ),
});

/** One step of Adam on one batch, in place. @returns the batch's threshold */
async function makeStep(
  session: Session,
  shape: CoderShape,
  { step, parameters, adam }: CoderState,
  { feeds, rate, k }: Schedule & { readonly feeds: BatchFeeds },
): Promise<number> {
  const rows = Math.min(feeds.weight.dims[0]!, THRESHOLD_ROWS);
  const outputs = await session.run({
    ...feeds,
    parameters: float32(parameters, [parameters.length]),
    count: int64([Math.round(k * rows)], [1]),
  });
  adamStep(parameters, floats(outputs, 'gradient'), adam, { step, rate });
  normalizeRows(decoderOf(parameters, shape), shape.dOut);
  return floats(outputs, 'threshold')[0]!;
}
