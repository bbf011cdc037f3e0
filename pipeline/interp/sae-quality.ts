import { Graph, type Value } from '../graph/builder.ts';
import { indicator, logSoftmax, square } from '../graph/functions.ts';
import { add, gatherElements, less, mul, reduceSum, reshape, sub } from '../graph/ops.ts';
import { float32, type Tensor } from '../graph/tensor.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { afterBos, type Batch, padLeft } from '../runtime/batch.ts';
import {
  type Feeds,
  type Fetches,
  openSession,
  type Provider,
  type Session,
} from '../runtime/session.ts';
import { saeInputs, sparseActivation } from '../sae/jump-relu.ts';
import { checkFit, type Sae, type SaeFile, type SaeSpec } from '../sae/sae.ts';
import { type SaeDims, saeSessions } from './sae-sessions.ts';

/** A sequence with the kinds that each of its positions is of, by which quality is told apart. */
export interface QualityReading {
  readonly ids: readonly number[];
  readonly kinds: readonly (readonly string[])[];
}

export interface QualityOptions {
  readonly provider: Provider;
  readonly batchSize: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** How well one SAE stands for the activations at positions of one kind; BOS is left out. */
export interface Quality {
  readonly kind: string;
  readonly n: number;
  /** Active features a position. */
  readonly l0: number;
  /** `Σ‖y − ŷ‖² / Σ‖y − ȳ‖²` over these positions. */
  readonly fvu: number;
  /**
   * `1 − (spliced − clean) / (zeroed − clean)` of the cross-entropy after these positions, the reconstruction, or
   * zero, put in place of the activation everywhere.
   */
  readonly lossRecovered: number;
}

export interface SaeQuality {
  readonly sae: SaeSpec;
  readonly kinds: readonly Quality[];
  /** Features that no position activates. */
  readonly nDead: number;
}

/** The kind that holds every position. */
export const ALL = 'all';

/**
 * Measure SAEs on a model's own sequences.
 *
 * 1. One clean run gives every hook's activations, and the cross-entropy.
 * 2. Each SAE in turn: its reconstruction, put in place of the activation, and zero in its place.
 *
 * Source: Gao et al. (2024), arXiv 2406.04093, section 4.
 */
export async function saeQuality(
  model: Model,
  saes: readonly SaeFile[],
  readings: readonly QualityReading[],
  { provider, batchSize, onProgress }: QualityOptions,
): Promise<SaeQuality[]> {
  const hooks = hooksOf(saes);
  const patched = await openSession(patchedGraph(model, saes, hooks), { provider });
  const coders = saeSessions(coderGraph, provider);
  const tallies = saes.map((sae) => startTally(sae));
  const batches = Math.ceil(readings.length / batchSize);
  try {
    for (let b = 0; b < batches; b++) {
      const part = readings.slice(b * batchSize, (b + 1) * batchSize);
      const batch = padLeft(part.map(({ ids }) => ids));
      const run = patcher(model, patched, hooks, batch, part);
      const clean = await run();
      for (const [i, sae] of saes.entries()) {
        const coded = await reconstruct(await coders.of(sae), await sae.load(), clean, batch);
        const spliced = await run(sae.outputHook, coded.reconstruction!);
        const zeroed = await run(sae.outputHook, null);
        count(tallies[i]!, sae, part, batch, { clean, coded, spliced, zeroed });
        onProgress?.(b * saes.length + i + 1, batches * saes.length);
      }
    }
  } finally {
    await patched.release();
    await coders.release();
  }
  return tallies.map(finish);
}

const hooksOf = (saes: readonly SaeSpec[]): string[] => [
  ...new Set(saes.flatMap(({ hook, outputHook }) => [hook, outputHook])),
];

const GATE = (hook: string) => `gate of ${hook}`;
const PATCH = (hook: string) => `patch of ${hook}`;

/** The model with a gate at each hook: 0 leaves its value, 1 puts the patch in its place. */
export function patchedGraph(
  model: Model,
  saes: readonly SaeSpec[],
  hooks: readonly string[] = hooksOf(saes),
): Graph {
  const graph = new Graph();
  const edit = (hook: string, value: Value): Value => {
    if (!hooks.includes(hook)) return value;
    const gate = graph.input(GATE(hook), 'float32', [1]);
    const patch = graph.input(PATCH(hook), 'float32', ['B', 'T', value.shape.at(-1)!]);
    return add(value, mul(gate, sub(patch, value)));
  };
  const { weights, resid } = forward(model, graph, { edit });
  for (const sae of saes) checkFit(sae, graph);
  const next = graph.input('next_ids', 'int64', ['B', 'T', 1]);
  const logProbs = logSoftmax(model.unembed(weights, resid).logits);
  graph.output('realised', reshape(gatherElements(logProbs, next), ['B', 'T']));
  for (const hook of hooks) graph.output(hook, graph.find(hook));
  return graph;
}

type Patcher = (hook?: string, patch?: Tensor | null) => Promise<Fetches>;

/** Run a batch as it is, or with one hook's value replaced; null replaces it by zero. */
function patcher(
  model: Model,
  session: Session,
  hooks: readonly string[],
  batch: Batch,
  part: readonly QualityReading[],
): Patcher {
  const { rows, length, feeds } = batch;
  const next = padLeft(part.map(({ ids }) => [...ids.slice(1), 0])).feeds.ids!;
  const zeros = new Map<number, Tensor>();
  const zero = (hook: string): Tensor => {
    const width = widthOf(model, hook);
    const known =
      zeros.get(width) ?? float32(new Float32Array(rows * length * width), [rows, length, width]);
    zeros.set(width, known);
    return known;
  };
  return (at, patch = null) => {
    const gates: Record<string, Tensor> = {};
    for (const hook of hooks) {
      gates[GATE(hook)] = float32([hook === at ? 1 : 0], [1]);
      gates[PATCH(hook)] = hook === at && patch !== null ? patch : zero(hook);
    }
    const all: Feeds = { ...feeds, ...gates, next_ids: { ...next, dims: [rows, length, 1] } };
    return session.run(all, at === undefined ? ['realised', ...hooks] : ['realised']);
  };
}

const widthOf = ({ dims }: Model, hook: string): number =>
  hook.endsWith('hook_z') ? dims.nHeads * dims.dHead : dims.dModel;

/** One SAE's reconstruction, and how far it is off. */
export function coderGraph(shape: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, shape);
  const x = graph.input('x', 'float32', ['B', 'T', shape.dIn]);
  const y = graph.input('y', 'float32', ['B', 'T', shape.dOut]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const { featureActs, reconstruction, errorTerm } = sparseActivation(weights, x, y);
  const active = indicator(less(graph.scalar(0, 'float32'), featureActs), featureActs);
  graph.output('reconstruction', reconstruction);
  graph.output('error', reshape(reduceSum(square(errorTerm), [-1]), ['B', 'T']));
  graph.output('l0', reshape(reduceSum(active, [-1]), ['B', 'T']));
  graph.output('fired', reshape(reduceSum(mul(active, counted), [0, 1]), [shape.dSae]));
  return graph;
}

const reconstruct = (
  session: Session,
  { params, hook, outputHook }: Sae,
  clean: Fetches,
  batch: Batch,
): Promise<Fetches> =>
  session.run({
    ...params,
    x: clean[hook]!,
    y: clean[outputHook]!,
    counted: afterBos(batch),
  });

/** Running sums of one SAE at positions of one kind. */
interface Sums {
  n: number;
  l0: number;
  error: number;
  squares: number;
  readonly mean: Float64Array;
  /** Summed cross-entropy, of the positions that have a next token. */
  clean: number;
  spliced: number;
  zeroed: number;
}

interface Tally {
  readonly sae: SaeSpec;
  readonly kinds: Map<string, Sums>;
  readonly fired: Float64Array;
}

const startTally = (sae: SaeSpec): Tally => ({
  sae,
  kinds: new Map(),
  fired: new Float64Array(sae.dSae),
});

interface Runs {
  readonly clean: Fetches;
  readonly coded: Fetches;
  readonly spliced: Fetches;
  readonly zeroed: Fetches;
}

function count(
  { kinds, fired }: Tally,
  { outputHook, dOut }: SaeSpec,
  part: readonly QualityReading[],
  { length, pads }: Batch,
  { clean, coded, spliced, zeroed }: Runs,
): void {
  const width = dOut;
  const y = floats(clean[outputHook]!);
  floats(coded.fired!).forEach((n, feature) => {
    fired[feature]! += n;
  });
  part.forEach((reading, row) => {
    for (let pos = 1; pos < reading.ids.length; pos++) {
      const at = row * length + pads[row]! + pos;
      const hasNext = pos + 1 < reading.ids.length;
      const loss = (run: Fetches) => (hasNext ? -floats(run.realised!)[at]! : 0);
      for (const kind of [ALL, ...reading.kinds[pos]!]) {
        const sums = kinds.get(kind) ?? startSums(width);
        kinds.set(kind, sums);
        sums.n += 1;
        sums.l0 += floats(coded.l0!)[at]!;
        sums.error += floats(coded.error!)[at]!;
        for (let i = 0; i < width; i++) {
          const value = y[at * width + i]!;
          sums.mean[i]! += value;
          sums.squares += value * value;
        }
        sums.clean += loss(clean);
        sums.spliced += loss(spliced);
        sums.zeroed += loss(zeroed);
      }
    }
  });
}

const floats = ({ data }: Tensor): Float32Array => data as Float32Array;

const startSums = (width: number): Sums => ({
  n: 0,
  l0: 0,
  error: 0,
  squares: 0,
  mean: new Float64Array(width),
  clean: 0,
  spliced: 0,
  zeroed: 0,
});

const finish = ({ sae, kinds, fired }: Tally): SaeQuality => ({
  sae,
  nDead: fired.filter((n) => n === 0).length,
  kinds: [...kinds].map(([kind, { n, l0, error, squares, mean, clean, spliced, zeroed }]) => {
    const aroundMean = squares - mean.reduce((sum, total) => sum + total * total, 0) / n;
    return {
      kind,
      n,
      l0: l0 / n,
      fvu: error / aroundMean,
      lossRecovered: 1 - (spliced - clean) / (zeroed - clean),
    };
  }),
});
