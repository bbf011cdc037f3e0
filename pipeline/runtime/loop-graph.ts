import type { Value } from '../graph/builder.ts';
import { indicator } from '../graph/functions.ts';
import { concat, reshape } from '../graph/layout.ts';
import { type Carried, type Iteration, loop } from '../graph/loop.ts';
import { add, cast, gather, less, lessOrEqual, mul, reduceSum, sub } from '../graph/ops.ts';
import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { type Intervention, steeringEdit, steeringVectors } from './intervention.ts';
import { step } from './step.ts';
import { type FirstStep, firstStep, outputKeysAndValues, type StepGraph } from './step-graph.ts';

/**
 * The step graph, followed by a Loop of further steps, each on the token that the previous step sampled. With 0
 * iterations the graph fills the cache. With T = 1 and more iterations it takes a chunk of steps: the loop carries and
 * returns only the chunk's own keys and values; the weights and the cache are not copied.
 *
 * Inputs in addition to those of the step graph: `turns` int64 [1], the largest number of iterations; `uniforms`
 * [turns, B, 1], the uniform draws; `enough` [1], the mass that the k likeliest tokens must hold. The loop ends early
 * when every row has sampled one of `stopIds`, or when the k likeliest tokens of an unfinished row hold less mass than
 * `enough`: the caller then runs the chunk again with a larger k.
 *
 * Outputs in addition to those of the step graph: `tokens` int64 and `masses`, [iterations, B]; `new_positions` int64
 * [B, R], the positions of the returned keys and values.
 */
export function loopGraph(
  model: Model,
  intervention: Intervention,
  stopIds: readonly number[],
): StepGraph {
  const first = firstStep(model, intervention);
  const { graph, out, widths } = first;
  const minMass = graph.input('enough', 'float32', [1]);
  const uniforms = graph.input('uniforms', 'float32', ['turns', 'B', 1]);
  const { carried, scanned } = laterSteps(model, first, {
    steerAt: intervention.steerAt,
    stopIds,
    uniforms,
    minMass,
  });
  const [, , , newPositions, ...keysAndValues] = carried;
  outputKeysAndValues(graph, splitByKind(keysAndValues));
  graph.output('new_positions', newPositions);
  graph.output('mass', out.mass);
  graph.output('token', out.token);
  const [tokens, masses] = scanned;
  graph.output('tokens', tokens);
  graph.output('masses', masses);
  return { graph, widths };
}

/** What the later steps need in addition to what the first step has. */
interface LoopInputs {
  readonly steerAt: Intervention['steerAt'];
  readonly stopIds: readonly number[];
  /** [turns, B, 1] */
  readonly uniforms: Value;
  /** [1] */
  readonly minMass: Value;
}

/**
 * Carried: tokens, positions, unfinished rows and key positions, then keys of every layer, then values of every layer.
 */
function laterSteps(model: Model, first: FirstStep, loopInputs: LoopInputs) {
  const { graph, inputs, out } = first;
  const { nKeyValueHeads, dHead } = model.dims;
  const { stopIds, minMass } = loopInputs;
  const unfinished = isNotStop(out.token, stopIds);
  const keyOrValue = (initial: Value): Carried => ({
    initial,
    shape: ['B', nKeyValueHeads, 'R', dHead],
  });
  return loop(graph, {
    maxIterations: graph.input('turns', 'int64', [1]),
    startCondition: shouldContinue({
      unfinished,
      sampled: graph.scalar(1, 'float32'),
      mass: out.mass,
      minMass,
    }),
    carried: [
      { initial: out.token, shape: ['B', 1] },
      { initial: inputs.positions, shape: ['B', 1] },
      { initial: unfinished, shape: ['B', 1] },
      { initial: inputs.keyPositions, shape: ['B', 'R'] },
      ...out.keys.map(keyOrValue),
      ...out.values.map(keyOrValue),
    ],
    iterationAxis: 'taken',
    body: loopBody(model, first, loopInputs),
  });
}

/** Keys and values of all layers, from one list with the keys first. */
const splitByKind = (keysAndValues: readonly Value[]) => ({
  keys: keysAndValues.slice(0, keysAndValues.length / 2),
  values: keysAndValues.slice(keysAndValues.length / 2),
});

/** One step of every row. Rows that have ended also take it; the caller ignores their tokens. */
const loopBody =
  (
    model: Model,
    { graph, weights, inputs }: FirstStep,
    { steerAt, stopIds, uniforms, minMass }: LoopInputs,
  ) =>
  (
    index: Value,
    [token, previousPositions, unfinished, recentPositions, ...keysAndValues]: readonly [
      Value,
      Value,
      Value,
      Value,
      ...Value[],
    ],
  ): Iteration<readonly [tokens: Value, masses: Value]> => {
    // A row that has ended keeps its position, so that it stays within the longest context.
    const positions = add(previousPositions, cast(unfinished, 'int64'));
    const keyPositions = concat([recentPositions, positions], 1);
    const out = step(model, weights, {
      ids: token,
      positions,
      keyPositions,
      cache: inputs.cache,
      recent: splitByKind(keysAndValues),
      edits:
        steerAt === undefined ? [] : [steeringEdit(steerAt, positions, steeringVectors(graph))],
      sampling: { ...inputs.sampling, uniform: gather(uniforms, index) },
    });
    const stillUnfinished = mul(unfinished, isNotStop(out.token, stopIds));
    return {
      continues: shouldContinue({
        unfinished: stillUnfinished,
        sampled: unfinished,
        mass: out.mass,
        minMass,
      }),
      carried: [out.token, positions, stillUnfinished, keyPositions, ...out.keys, ...out.values],
      scanned: [reshape(out.token, ['B']), reshape(out.mass, ['B'])],
    };
  };

/** [B, 1]: 1 where a token is not a stop token, else 0. Not every provider has a kernel of Equal in this opset. */
function isNotStop(token: Value, stopIds: readonly number[]): Value {
  const { graph } = token;
  const zero = graph.scalar(0, 'float32');
  if (stopIds.length === 0) return indicator(lessOrEqual(token, token), zero);
  const stops = graph.constant(int64(stopIds, [1, stopIds.length]));
  const atMost = indicator(lessOrEqual(token, stops), zero);
  const atLeast = indicator(lessOrEqual(stops, token), zero);
  return indicator(lessOrEqual(reduceSum(mul(atMost, atLeast), [-1]), zero), zero);
}

interface StepProgress {
  /** [B, 1]: 1 for rows that have not ended after this step, else 0. */
  readonly unfinished: Value;
  /** [B, 1] or []: 1 for rows that had not ended before this step, whose mass therefore matters, else 0. */
  readonly sampled: Value;
  /** [B, 1]: mass of the k likeliest tokens. */
  readonly mass: Value;
  /** [1] */
  readonly minMass: Value;
}

/** bool [1]: whether a row is unfinished, and the mass of every sampled row is sufficient (NaN is not). */
function shouldContinue({ unfinished, sampled, mass, minMass }: StepProgress): Value {
  const { graph } = unfinished;
  const one = graph.scalar(1, 'float32');
  const sufficient = indicator(lessOrEqual(minMass, mass), mass);
  const nInsufficient = reduceSum(mul(sampled, sub(one, sufficient)), [0]);
  const nUnfinished = reduceSum(unfinished, [0]);
  const anyUnfinished = indicator(less(graph.scalar(0, 'float32'), nUnfinished), mass);
  return reshape(less(nInsufficient, anyUnfinished), [1]);
}
