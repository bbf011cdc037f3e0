import { float32, type Tensor } from '../../graph/tensor.ts';
import type { Batch } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Session } from '../../runtime/session.ts';
import {
  type PathPoint,
  type Segment,
  segmentToBisect,
  simpsonWeights,
} from '../../stats/adaptive-simpson.ts';
import { metricFeeds } from '../logit-diff.ts';
import type { AttributionReading } from './attribution-reading.ts';
import type { PathMetrics } from './attribution-rows.ts';

/** How finely a path is sampled. */
export interface PathSampling {
  /** The most points at which the gradient is taken on one sequence's path, both ends among them; at least 3. */
  readonly steps: number;
  /** Error of the integral at which no more are taken, as a share of how much the metric rises and falls on the path. */
  readonly tolerance: number;
}

/** Error of the integral in logits that is only the rounding of the metric. */
const ROUNDING = 2e-5;

type HookTensors = Readonly<Record<'output' | 'delta', Tensor<Float32Array>>> & {
  readonly base?: Tensor<Float32Array>;
};

/** The sequences of a batch, and the inputs of `pathGraph` that do not change along a path. */
export interface PathBatch {
  readonly sequences: readonly AttributionReading[];
  readonly batch: Batch;
  readonly hooks: HookTensors;
}

/** What the paths of a batch give. */
export interface AlongPath {
  /** [B, T, d_out]: at the path's end. */
  readonly gradient: Tensor<Float32Array>;
  /** [B, T, d_out]: its mean over the path. */
  readonly meanGradient: Tensor<Float32Array>;
  /** [row] */
  readonly metrics: readonly PathMetrics[];
}

/** One point of one row's path: its value is the metric. */
interface GradientPoint extends PathPoint {
  /** [T · d_out] */
  readonly gradient: Float32Array;
}

/**
 * The gradient along the path of each sequence of a batch, by Simpson's rule on parts that are bisected where it errs
 * most. Each sequence's points depend on it alone; one that is accurate enough leaves the batch.
 *
 * How a metric changes along a path can be sharp: on the miniature, an error of 2 % takes 10 points on average, where a
 * Gauss–Legendre or Gauss–Lobatto rule of the same points for all takes 24, a midpoint rule 32.
 *
 * @param session of `pathGraph`
 */
export async function integrate(
  session: Session,
  paths: PathBatch,
  { steps, tolerance }: PathSampling,
): Promise<AlongPath> {
  const rows = [...paths.sequences.keys()];
  const accuracy = { relative: tolerance, absolute: ROUNDING };
  const at = (share: number) =>
    pointsOf(
      session,
      paths,
      rows.map((row) => ({ row, at: share })),
    );
  const [starts, middles, ends] = [await at(0), await at(1 / 2), await at(1)];
  const segments = rows.map((row): Segment<GradientPoint>[] => [
    [starts[row]!, middles[row]!, ends[row]!],
  ]);
  for (let taken = 3; taken + 2 <= steps; taken += 2) {
    const bisected = rows.flatMap((row) => {
      const worst = segmentToBisect(segments[row]!, accuracy);
      return worst === null ? [] : [{ row, worst, segment: segments[row]![worst]! }];
    });
    if (bisected.length === 0) break;
    const between = (i: 0 | 1) =>
      bisected.map(({ row, segment }) => ({ row, at: (segment[i].at + segment[i + 1]!.at) / 2 }));
    const left = await pointsOf(session, paths, between(0));
    const right = await pointsOf(session, paths, between(1));
    bisected.forEach(({ row, worst, segment: [start, middle, end] }, i) => {
      segments[row]!.splice(worst, 1, [start, left[i]!, middle], [middle, right[i]!, end]);
    });
  }
  return alongPath(segments, paths.hooks.delta.dims);
}

/** The point of each path at which the gradient is taken. */
interface Share {
  readonly row: number;
  readonly at: number;
}

async function pointsOf(
  session: Session,
  { sequences, batch, hooks }: PathBatch,
  shares: readonly Share[],
): Promise<GradientPoint[]> {
  const rows = shares.map(({ row }) => row);
  const some = batch.select(rows);
  const of = (tensor: Tensor<Float32Array>) => selectRows(tensor, rows);
  const delta = of(hooks.delta);
  const outputs = await session.run({
    ...some.feeds,
    ...metricFeeds(
      rows.map((row) => sequences[row]!),
      some,
    ),
    ...(hooks.base && { base: of(hooks.base) }),
    output: of(hooks.output),
    delta,
    share: float32(
      shares.map(({ at }) => 1 - at),
      [rows.length, 1, 1],
    ),
  });
  const [gradients, metrics] = [floats(outputs, 'gradient'), floats(outputs, 'metric')];
  const width = gradients.length / rows.length;
  return shares.map(({ at }, i) => {
    const gradient = gradients.subarray(i * width, (i + 1) * width);
    const change = delta.data.subarray(i * width, (i + 1) * width);
    return { at, value: metrics[i]!, slope: dot(gradient, change), gradient };
  });
}

/** Some rows of a tensor [B, …], in ascending order. */
function selectRows(tensor: Tensor<Float32Array>, rows: readonly number[]): Tensor<Float32Array> {
  const [all, ...rest] = tensor.dims as [number, ...number[]];
  if (rows.length === all) return tensor;
  const width = tensor.data.length / all;
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    data.set(tensor.data.subarray(row * width, (row + 1) * width), i * width);
  });
  return float32(data, [rows.length, ...rest]);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function alongPath(
  segments: readonly (readonly Segment<GradientPoint>[])[],
  dims: readonly number[],
): AlongPath {
  const width = segments[0]![0]![0].gradient.length;
  const [mean, last] = [
    new Float32Array(segments.length * width),
    new Float32Array(segments.length * width),
  ];
  const metrics = segments.map((ofRow, row) => {
    const weights = simpsonWeights(ofRow);
    for (const [{ gradient }, weight] of weights)
      for (let i = 0; i < width; i++) mean[row * width + i]! += weight * gradient[i]!;
    const points = [...weights.keys()];
    const [start, end] = [points.find(({ at }) => at === 0)!, points.find(({ at }) => at === 1)!];
    last.set(end.gradient, row * width);
    return { start: start.value, end: end.value, points: points.length };
  });
  return { gradient: float32(last, dims), meanGradient: float32(mean, dims), metrics };
}
