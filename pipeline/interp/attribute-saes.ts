import { Graph, type Value } from '../graph/builder.ts';
import { total } from '../graph/functions.ts';
import {
  gatherElements,
  less,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  topK,
  where,
} from '../graph/ops.ts';
import { product } from '../graph/shape.ts';
import { int64, type Tensor } from '../graph/tensor.ts';
import { vjp } from '../graph/vjp.ts';
import { forward } from '../models/forward.ts';
import type { Model } from '../models/model.ts';
import { afterBos, afterBosUntil, type Batch, padLeft } from '../runtime/batch.ts';
import { type Fetches, openSession, type Provider, type Session } from '../runtime/session.ts';
import { encode, saeInputs } from '../sae/jump-relu.ts';
import { checkFit, type Sae, type SaeFile, type SaeSpec } from '../sae/sae.ts';
import { attribute } from './attribution.ts';
import { logitDiff, type MetricReading, metricFeeds } from './logit-diff.ts';
import { type SaeDims, saeSessions } from './sae-sessions.ts';
import type { ActiveFeature } from './zero-ablation.ts';

/** A sequence whose metric is attributed. */
export interface AttributionReading extends MetricReading {
  /** Its first tokens: the prompt, and the prefix that is kept where only its ending is written again. */
  readonly lengths: Readonly<Record<Part, number>>;
}

/** Parts of a sequence whose features are also ranked by themselves, BOS left out. */
const PARTS = ['prompt', 'prefix'] as const;
type Part = (typeof PARTS)[number];
type Ranking = 'value' | 'magnitude' | Part;

export interface AttributionOptions {
  readonly provider: Provider;
  readonly batchSize: number;
  /** How many features are kept of each sequence and SAE, by value and by magnitude. */
  readonly top: number;
  /** How many of each part, by value. */
  readonly topOfPart: number;
  readonly onProgress?: (done: number) => void;
}

export interface AttributedFeature extends ActiveFeature {
  readonly attribution: number;
}

/** Attribution of one sequence's metric to one SAE. BOS is counted nowhere. */
export interface AttributionRow {
  /** The largest, most positive first; only features that are active. */
  readonly byValue: readonly AttributedFeature[];
  /** The largest in magnitude. */
  readonly byMagnitude: readonly AttributedFeature[];
  /** The largest by value of each part. */
  readonly byPart: Readonly<Record<Part, readonly AttributedFeature[]>>;
  /** Sum over positions of every feature [d_sae]. */
  readonly featureSums: Float32Array;
  /** Greatest activation of every feature [d_sae]. */
  readonly maxActs: Float32Array;
  /** What each position has a share in, from the one after BOS on. */
  readonly byPosition: readonly Shares[];
}

/** Parts of an attribution: all features together, what the SAE misses, the decoder's bias. */
export interface Shares {
  readonly features: number;
  readonly error: number;
  readonly bias: number;
}

/**
 * Attribute a metric to every feature of many SAEs.
 *
 * 1. One forward and one backward a batch give activation and gradient at every hook.
 * 2. SAEs pass one at a time: two matrix products each, then the largest are picked inside the graph.
 *
 * @param found receives the rows of a batch for one SAE, in the order of the readings
 */
export async function attributeSaes(
  model: Model,
  saes: readonly SaeFile[],
  readings: readonly AttributionReading[],
  { provider, batchSize, onProgress, ...tops }: AttributionOptions,
  found: (sae: SaeSpec, first: number, rows: readonly AttributionRow[]) => void,
): Promise<void> {
  const gradients = await openSession(gradientGraph(model, saes), { provider });
  const sessions = saeSessions(attributionGraph, provider);
  try {
    for (let start = 0; start < readings.length; start += batchSize) {
      const part = readings.slice(start, start + batchSize);
      const batch = padLeft(part.map(({ ids }) => ids));
      const at = await gradients.run({ ...batch.feeds, ...metricFeeds(part, batch) });
      for (const sae of saes) {
        const session = await sessions.of(sae);
        found(sae, start, await attributeBatch(session, await sae.load(), at, part, batch, tops));
      }
      onProgress?.(start + part.length);
    }
  } finally {
    await gradients.release();
    await sessions.release();
  }
}

const GRADIENT = (hook: string) => `gradient of ${hook}`;

/** Activations at every SAE's hooks, and the gradient of the summed metric at those that they rebuild. */
export function gradientGraph(model: Model, saes: readonly SaeSpec[]): Graph {
  const graph = new Graph();
  const metric = logitDiff(model, graph, forward(model, graph));
  for (const sae of saes) checkFit(sae, graph);
  graph.output('metric', metric);
  const outputs = [...new Set(saes.map(({ outputHook }) => outputHook))];
  for (const hook of new Set([...saes.map(({ hook }) => hook), ...outputs]))
    graph.output(hook, graph.find(hook));
  const found = vjp(
    reshape(total(metric), [1]),
    outputs.map((hook) => graph.find(hook)),
  );
  outputs.forEach((hook, i) => {
    graph.output(GRADIENT(hook), found[i]!);
  });
  return graph;
}

/** Both products of one SAE, and the rankings. */
export function attributionGraph(shape: SaeDims): Graph {
  const graph = new Graph();
  const weights = saeInputs(graph, shape);
  const x = graph.input('x', 'float32', ['B', 'T', shape.dIn]);
  const output = graph.input('output', 'float32', ['B', 'T', shape.dOut]);
  const gradient = graph.input('gradient', 'float32', ['B', 'T', shape.dOut]);
  /** 0 at padding and at BOS, else 1. */
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const acts = mul(encode(weights, x), counted);
  const { features: attributions, error, bias } = attribute(weights, acts, output, gradient);
  const flat = (value: Value) => reshape(value, ['B', product(['T', shape.dSae])]);
  const all = flat(attributions);
  const zero = graph.scalar(0, 'float32');
  const k = graph.input('k', 'int64', [1]);
  const rank = (name: Ranking, by: Value, k: Value) => {
    const { indices } = topK(by, k, `${name} k`);
    graph.output(`${name} index`, indices);
    graph.output(`${name} attribution`, gatherElements(all, indices));
    graph.output(`${name} act`, gatherElements(flat(acts), indices));
  };
  rank('value', all, k);
  rank('magnitude', mul(all, all), k); // a square has the order of the magnitude
  const kOfPart = graph.input('k of part', 'int64', [1]);
  for (const part of PARTS) {
    const within = graph.input(part, 'float32', ['B', 'T', 1]);
    const inside = where(less(zero, within), attributions, graph.scalar(LOWEST, 'float32'));
    rank(part, flat(inside), kOfPart);
  }
  const mask = reshape(counted, ['B', 'T']);
  graph.output('sums', reduceSum(attributions, [1]));
  graph.output('max acts', reduceMax(acts, [1]));
  graph.output('features', reshape(reduceSum(attributions, [2]), ['B', 'T']));
  graph.output('error', mul(error, mask));
  graph.output('bias', mul(bias, mask));
  return graph;
}

/** Below every attribution: what is outside a part comes last. */
const LOWEST = -1e30;

async function attributeBatch(
  session: Session,
  { params, hook, outputHook, dSae }: Sae,
  at: Fetches,
  readings: readonly AttributionReading[],
  batch: Batch,
  { top, topOfPart }: Pick<AttributionOptions, 'top' | 'topOfPart'>,
): Promise<AttributionRow[]> {
  const { rows, length, pads } = batch;
  const [k, kOfPart] = [top, topOfPart].map((n) => Math.min(n, length * dSae)) as [number, number];
  const within = (part: Part) =>
    afterBosUntil(
      batch,
      readings.map(({ lengths }) => lengths[part]),
    );
  const found = await session.run({
    ...params,
    x: at[hook]!,
    output: at[outputHook]!,
    gradient: at[GRADIENT(outputHook)]!,
    counted: afterBos(batch),
    ...Object.fromEntries(PARTS.map((part) => [part, within(part)])),
    k: int64([k], [1]),
    'k of part': int64([kOfPart], [1]),
  });
  const listed = (name: Ranking, row: number, n: number) =>
    listOf(found, name, row, n, dSae, pads[row]!);
  /** Where a part has fewer active features than are asked for, others come after them. */
  const inPart = (part: Part, row: number) =>
    listed(part, row, kOfPart).filter(({ pos }) => pos < readings[row]!.lengths[part]);
  return Array.from({ length: rows }, (_, row) => ({
    byValue: listed('value', row, k),
    byMagnitude: listed('magnitude', row, k),
    byPart: {
      prompt: inPart('prompt', row),
      prefix: inPart('prefix', row),
    },
    featureSums: floats(found.sums!).slice(row * dSae, (row + 1) * dSae),
    maxActs: floats(found['max acts']!).slice(row * dSae, (row + 1) * dSae),
    byPosition: sharesOf(found, row * length + pads[row]! + 1, (row + 1) * length),
  }));
}

const sharesOf = ({ features, error, bias }: Fetches, from: number, to: number): Shares[] =>
  Array.from({ length: to - from }, (_, i) => ({
    features: floats(features!)[from + i]!,
    error: floats(error!)[from + i]!,
    bias: floats(bias!)[from + i]!,
  }));

const floats = ({ data }: Tensor): Float32Array => data as Float32Array;

function listOf(
  found: Fetches,
  name: Ranking,
  row: number,
  k: number,
  dSae: number,
  pad: number,
): AttributedFeature[] {
  const at = Array.from({ length: k }, (_, i) => row * k + i);
  const index = found[`${name} index`]!.data as BigInt64Array;
  const act = floats(found[`${name} act`]!);
  const attribution = floats(found[`${name} attribution`]!);
  return at
    .filter((i) => act[i]! > 0)
    .map((i) => ({
      pos: Math.floor(Number(index[i]) / dSae) - pad,
      feature: Number(index[i]) % dSae,
      featureAct: act[i]!,
      attribution: attribution[i]!,
    }));
}
