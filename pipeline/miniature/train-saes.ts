import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProgressDisplay } from '../engine/progress.ts';
import { float32, type Tensor } from '../graph/tensor.ts';
import { gemma2 } from '../models/gemma2.ts';
import { openModel } from '../models/model.ts';
import { openSession, type Session } from '../runtime/session.ts';
import { familyLayout, hooksOf, saeFile } from '../sae/release.ts';
import { GEMMA_SCOPE } from '../sae/releases/gemma-scope.ts';
import type { Family } from '../schema/sae-families.ts';
import { loadTokenizer } from '../sources/formats/tokenizer.ts';
import { writeNpz } from '../sources/formats/write-npz.ts';
import { keyedRandom } from '../stats/random.ts';
import { type Activations, collectActivations } from './activations.ts';
import { adamStep, startAdam } from './adam.ts';
import { createCorpus } from './corpus.ts';
import { namedTensors, normal } from './parameters.ts';
import { type SaeShape, saeLossGraph, saeTrainable } from './sae-loss.ts';

export interface SaePlan {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly dSae: number;
  readonly peakRate: number;
  /** What one more active feature costs, in units of the output's variance, by family. */
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

/** Quality on activations that no step has seen. */
export interface SaeReport {
  readonly id: string;
  readonly fvu: number;
  readonly l0: number;
  readonly dead: number;
}

/** Features, as the folders are called. */
const widthName = (dSae: number): string => String(dSae);

/**
 * Train an SAE on the residual stream and on the heads' outputs of every layer, and a transcoder for every MLP,
 * in the layout of Gemma Scope: `res/layer_N/width_W/average_l0_X/params.npz`.
 * @param dir is replaced as a whole, once all are trained
 */
export async function trainSaes(
  plan: SaePlan,
  modelDir: string,
  dir: string,
  display: ProgressDisplay,
): Promise<SaeReport[]> {
  const model = openModel(modelDir, gemma2);
  const corpus = createCorpus(loadTokenizer(modelDir));
  const families = Object.keys(plan.sparsity) as Family[];
  const layers = Array.from({ length: model.dims.nLayers }, (_, layer) => layer);
  const saes = families.flatMap((family) => layers.map((layer) => ({ family, layer })));
  const hooks = new Set(saes.flatMap(({ family, layer }) => hooksOf(GEMMA_SCOPE, family, layer)));
  const { kinds, byHook } = await collectActivations(model, corpus, [...hooks], plan.seed);
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  const reports: SaeReport[] = [];
  for (const { family, layer } of saes) {
    const id = `${family}_${layer}`;
    const [x, y] = hooksOf(GEMMA_SCOPE, family, layer).map((hook) => byHook.get(hook)!);
    const done = reports.length * plan.steps;
    const { params, report } = await trainSae(
      { id, family },
      plan,
      standardize(x!, y!, kinds),
      (step) => display.update(done + step, saes.length * plan.steps, `steps, ${id}`),
    );
    const l0 = Math.max(1, Math.round(report.l0));
    const file = saeFile(GEMMA_SCOPE, { id, width: widthName(plan.dSae) }, String(l0));
    const path = join(partial, familyLayout(GEMMA_SCOPE, family).folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeNpz(path, params);
    reports.push(report);
  }
  if (existsSync(dir)) rmSync(dir, { recursive: true });
  renameSync(partial, dir);
  return reports;
}

/** The last tenth of the activations is held out. */
const HELD_OUT = 0.1;

async function trainSae(
  { id, family }: { readonly id: string; readonly family: Family },
  plan: SaePlan,
  data: Scaled,
  onStep: (step: number) => void,
): Promise<{ params: Record<string, Tensor>; report: SaeReport }> {
  const { x, y } = data;
  const shape: SaeShape = { dIn: x.width, dSae: plan.dSae, dOut: y.width };
  const nTrain = Math.floor(x.n * (1 - HELD_OUT));
  const parameters = startSae(shape, data, plan.seed, id);
  const adam = startAdam(parameters.length);
  const random = keyedRandom(plan.seed, `sae ${id}`);
  const session = await openSession(saeLossGraph(shape), { provider: 'cpu' });
  try {
    for (let step = 1; step <= plan.steps; step++) {
      const rows = Int32Array.from({ length: plan.batch }, () => Math.floor(random() * nTrain));
      const progress = step / plan.steps;
      const lambda = plan.sparsity[family]! * Math.min(1, progress / 0.3);
      const { gradient } = await lossOn(session, data, rows, { parameters, lambda });
      const rate = plan.peakRate * Math.min(1, (1 - progress) / 0.5, step / 50);
      adamStep(parameters, gradient!.data as Float32Array, adam, { step, rate });
      onStep(step);
    }
    const held = Int32Array.from({ length: x.n - nTrain }, (_, i) => nTrain + i);
    const found = await lossOn(session, data, held, { parameters, lambda: 0 });
    const fired = found.fired!.data as Float32Array;
    const report = {
      id,
      fvu: Number(found.error!.data[0]) / data.variance,
      l0: Number(found.l0!.data[0]),
      dead: fired.filter((count) => count === 0).length / plan.dSae,
    };
    return { params: unscaled(shape, parameters, data), report };
  } finally {
    await session.release();
  }
}

/** Activations with the factors that make them of unit RMS. */
interface Scaled {
  readonly x: Activations;
  readonly y: Activations;
  readonly xScale: number;
  readonly yScale: number;
  /** Means of the scaled columns. */
  readonly xMean: Float64Array;
  readonly yMean: Float64Array;
  /** Mean of `‖y − mean‖²` over rows, scaled. */
  readonly variance: number;
  /** [n]: what an error at a row costs. */
  readonly weights: Float32Array;
}

function standardize(x: Activations, y: Activations, kinds: Uint8Array): Scaled {
  const xScale = 1 / rms(x.data);
  const yScale = 1 / rms(y.data);
  const xMean = columnMeans(x).map((mean) => mean * xScale);
  const yMean = columnMeans(y).map((mean) => mean * yScale);
  const meanSquare = y.width; // of unit RMS
  const variance = meanSquare - yMean.reduce((sum, mean) => sum + mean * mean, 0);
  const weights = rowWeights(y, yScale, kinds, variance);
  return { x, y, xScale, yScale, xMean, yMean, variance, weights };
}

/** How much of a row's weight is by its own kind of token, the rest being by all rows together. */
const BY_KIND = 0.5;

/**
 * One over a variance: by halves that of all rows, and that of the rows at the same kind of token. What differs
 * between hyphens (the items that are used up) is little beside what tells hyphens from names, and yet it is all
 * that the next item hangs on.
 */
function rowWeights(
  { n, width, data }: Activations,
  scale: number,
  kinds: Uint8Array,
  variance: number,
): Float32Array {
  const sums = new Map<number, { n: number; squares: number; mean: Float64Array }>();
  for (let row = 0; row < n; row++) {
    const of = sums.get(kinds[row]!) ?? { n: 0, squares: 0, mean: new Float64Array(width) };
    sums.set(kinds[row]!, of);
    of.n += 1;
    for (let i = 0; i < width; i++) {
      const value = data[row * width + i]! * scale;
      of.mean[i]! += value;
      of.squares += value * value;
    }
  }
  const within = new Map(
    [...sums].map(([kind, { n, squares, mean }]) => {
      const ofMean = mean.reduce((sum, total) => sum + total * total, 0) / n;
      return [kind, Math.max((squares - ofMean) / n, variance / 100)];
    }),
  );
  return Float32Array.from(kinds, (kind) => (1 - BY_KIND) / variance + BY_KIND / within.get(kind)!);
}

const rms = (data: Float32Array): number =>
  Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);

function columnMeans({ n, width, data }: Activations): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < data.length; i++) sums[i % width]! += data[i]!;
  return sums.map((sum) => sum / n);
}

/** Features begin as random directions, read and written alike, around the mean. */
function startSae(
  { dIn, dSae, dOut }: SaeShape,
  { x, y, xMean, yMean }: Scaled,
  seed: number,
  id: string,
): Float32Array {
  const random = keyedRandom(seed, `sae start ${id}`);
  const wEnc = Float32Array.from({ length: dIn * dSae }, () => normal(random) / Math.sqrt(dIn));
  const wDec = new Float32Array(dSae * dOut);
  for (let f = 0; f < dSae; f++)
    for (let i = 0; i < dOut; i++)
      wDec[f * dOut + i] = x === y ? wEnc[i * dSae + f]! : normal(random) / Math.sqrt(dOut);
  const bEnc = new Float32Array(dSae);
  for (let f = 0; f < dSae; f++)
    for (let i = 0; i < dIn; i++) bEnc[f]! -= xMean[i]! * wEnc[i * dSae + f]!;
  const parts = [wEnc, bEnc, wDec, yMean, new Float32Array(dSae).fill(Math.log(START_THRESHOLD))];
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

const START_THRESHOLD = 0.5;

function lossOn(
  session: Session,
  { x, y, xScale, yScale, weights }: Scaled,
  rows: Int32Array,
  { parameters, lambda }: { readonly parameters: Float32Array; readonly lambda: number },
) {
  return session.run({
    parameters: float32(parameters, [parameters.length]),
    x: float32(gatherRows(x, rows, xScale), [rows.length, x.width]),
    y: float32(gatherRows(y, rows, yScale), [rows.length, y.width]),
    weight: float32(
      Float32Array.from(rows, (row) => weights[row]!),
      [rows.length, 1],
    ),
    lambda: float32([lambda], [1]),
  });
}

function gatherRows({ width, data }: Activations, rows: Int32Array, scale: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    for (let j = 0; j < width; j++) out[i * width + j] = data[row * width + j]! * scale;
  });
  return out;
}

/** The scales folded into the weights: the SAE reads and writes activations as they are. */
function unscaled(
  shape: SaeShape,
  parameters: Float32Array,
  { xScale, yScale }: Scaled,
): Record<string, Tensor> {
  const named = namedTensors(saeTrainable(shape), parameters);
  const map = (name: string, of: (value: number) => number): Tensor => {
    const { dims, data } = named[name]!;
    return float32(data.map(of), dims);
  };
  return {
    W_enc: map('W_enc', (w) => w * xScale),
    b_enc: map('b_enc', (b) => b),
    W_dec: map('W_dec', (w) => w / yScale),
    b_dec: map('b_dec', (b) => b / yScale),
    threshold: map('log_threshold', Math.exp),
  };
}
