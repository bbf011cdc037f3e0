import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProgressDisplay } from '../engine/progress.ts';
import { float32 } from '../graph/tensor.ts';
import { architectureOf } from '../models/architecture-of.ts';
import { gemma2 } from '../models/gemma2.ts';
import { openSession, type Session } from '../runtime/session.ts';
import { writeText } from '../schema/write-text.ts';
import { openCheckpoint, readTensor } from '../sources/formats/safetensors.ts';
import { loadTokenizer } from '../sources/formats/tokenizer.ts';
import { writeSafetensors } from '../sources/formats/write-safetensors.ts';
import { type AdamState, adamStep, startAdam } from '../train/adam.ts';
import { initialParameters, namedTensors } from '../train/parameters.ts';
import { miniatureConfig } from './architecture.ts';
import type { Batch } from './batch.ts';
import { type Corpus, createCorpus } from './corpus.ts';
import { lossFeeds, lossGraph } from './loss.ts';
import { modelCard } from './model-card.ts';
import { heldOutBatch, trainingBatch } from './training-batch.ts';
import { type CurvePoint, learningRate, type TrainingPlan } from './training-plan.ts';

const SAVE_EVERY = 500;
/** The number of threads is fixed, so that sums run in the same order on every machine. */
const THREADS = 2;

interface TrainingState {
  step: number;
  readonly parameters: Float32Array;
  readonly adam: AdamState;
  readonly curve: CurvePoint[];
}

/**
 * Train the miniature on its generating process, resuming an interrupted run of the same plan. Equal plans give equal
 * weights, interrupted or not.
 * @param modelDir contains the tokenizer; config.json, model.safetensors and MODEL_CARD.md are written to it
 * @param stateDir for the state from which an interrupted run resumes
 */
export async function train(
  plan: TrainingPlan,
  modelDir: string,
  stateDir: string,
  display: ProgressDisplay,
): Promise<CurvePoint[]> {
  const tokenizer = loadTokenizer(modelDir);
  const corpus = createCorpus(tokenizer);
  const config = miniatureConfig(tokenizer.vocabSize);
  const model = architectureOf(gemma2, config, 'config.json');
  const state = resume(stateDir, plan) ?? startState(initialParameters(model, plan.seed));
  const session = await openSession(lossGraph(model), { provider: 'cpu', threads: THREADS });
  const training: Training = { session, corpus, plan, dVocab: tokenizer.vocabSize };
  try {
    while (state.step < plan.steps) {
      await trainStep(training, state);
      if (state.step % (plan.saveEvery ?? SAVE_EVERY) === 0 || state.step === plan.steps) {
        const heldOutKl = await evaluate(training, state.parameters);
        state.curve.push({ step: state.step, heldOutKl });
        save(stateDir, plan, state);
      }
      display.update(
        state.step,
        plan.steps,
        `steps, KL ${state.curve.at(-1)?.heldOutKl.toFixed(4) ?? '?'}`,
      );
    }
  } finally {
    await session.release();
  }
  writeText(join(modelDir, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  writeSafetensors(join(modelDir, 'model.safetensors'), namedTensors(model, state.parameters), {
    format: 'pt',
  });
  writeText(join(modelDir, 'MODEL_CARD.md'), modelCard(plan, state.curve, model, corpus));
  return state.curve;
}

/** What is the same for every step. */
interface Training {
  readonly session: Session;
  readonly corpus: Corpus;
  readonly plan: TrainingPlan;
  readonly dVocab: number;
}

async function trainStep(training: Training, state: TrainingState): Promise<void> {
  const { corpus, plan } = training;
  const step = state.step + 1;
  const batch = trainingBatch(corpus, plan.seed, step, plan);
  const { loss, gradient } = await lossOf(training, batch, state.parameters);
  if (!Number.isFinite(loss)) throw new Error(`loss ${loss} at step ${step}: lower the peak rate`);
  adamStep(state.parameters, gradient, state.adam, { step, rate: learningRate(step, plan) });
  state.step = step;
}

const HELD_OUT_BATCHES = 8;

async function evaluate(training: Training, parameters: Float32Array): Promise<number> {
  const { corpus, plan } = training;
  let sum = 0;
  let positions = 0;
  for (let i = 0; i < HELD_OUT_BATCHES; i++) {
    const batch = heldOutBatch(corpus, plan.seed, i, plan);
    const { loss } = await lossOf(training, batch, parameters);
    sum += loss * batch.targets.positions - batch.targets.entropy;
    positions += batch.targets.positions;
  }
  return sum / positions;
}

async function lossOf(
  { session, dVocab }: Training,
  batch: Batch,
  parameters: Float32Array,
): Promise<{ loss: number; gradient: Float32Array }> {
  const { loss, gradient } = await session.run({
    ...lossFeeds(batch, dVocab),
    parameters: float32(parameters, [parameters.length]),
  });
  return { loss: Number(loss!.data[0]), gradient: gradient!.data as Float32Array };
}

const startState = (parameters: Float32Array): TrainingState => ({
  step: 0,
  parameters,
  adam: startAdam(parameters.length),
  curve: [],
});

const PROGRESS = 'progress.json';

function save(dir: string, plan: TrainingPlan, { step, parameters, adam, curve }: TrainingState) {
  mkdirSync(dir, { recursive: true });
  const flat = (data: Float32Array) => float32(data, [data.length]);
  writeSafetensors(join(dir, 'model.safetensors'), {
    parameters: flat(parameters),
    mean: flat(adam.mean),
    variance: flat(adam.variance),
    step: float32([step], [1]),
  });
  writeText(join(dir, PROGRESS), JSON.stringify({ plan, curve }));
}

/** The saved state of an interrupted run; null if there is none. @throws if it belongs to another plan */
function resume(dir: string, plan: TrainingPlan): TrainingState | null {
  if (!existsSync(join(dir, PROGRESS))) return null;
  const saved = JSON.parse(readFileSync(join(dir, PROGRESS), 'utf8'));
  if (JSON.stringify(saved.plan) !== JSON.stringify(plan))
    throw new Error(`${dir} holds a training of another plan: delete it, or run with --fresh`);
  const { tensors } = openCheckpoint(dir);
  const read = (name: string) => readTensor(tensors.get(name)!).data;
  const step = read('step')[0]!;
  return {
    step,
    parameters: read('parameters'),
    adam: { mean: read('mean'), variance: read('variance') },
    curve: (saved.curve as CurvePoint[]).filter((point) => point.step <= step),
  };
}
