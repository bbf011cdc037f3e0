import type { Graph, Value } from '../graph/builder.ts';
import { indicator } from '../graph/functions.ts';
import { type Carried, loop, type Turn } from '../graph/loop.ts';
import {
  add,
  cast,
  concat,
  gather,
  less,
  lessOrEqual,
  mul,
  reduceSum,
  reshape,
  sub,
} from '../graph/ops.ts';
import { int64 } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';
import { type Intervention, steer, steeringVectors } from './intervention.ts';
import { NEW } from './kv-cache.ts';
import { step } from './step.ts';
import { type FirstStep, firstStep, type StepGraph } from './step-graph.ts';

/**
 * The step graph, and after its step a Loop of further ones, each on the token that the one before sampled. With no
 * turns it fills the cache; with T = 1 and turns it is a chunk: only the chunk's own keys and values are carried from
 * turn to turn and returned, the cache is read where it lies, and so are the weights.
 *
 * Inputs beside those of the step graph: `turns` int64 [1]; `uniforms` [turns, B, 1]; `enough` [1], the mass that k
 * tokens must hold. The loop ends early when every row has sampled one of `stopIds`, and when the k tokens of a row
 * that has not ended hold less than enough: the chunk is then to be run again with a larger k.
 *
 * Outputs beside those of the step graph: `tokens` int64 and `masses`, [turns taken, B]; `new_positions` int64 [B, R],
 * of the keys and values that are returned.
 */
export function loopGraph(
  model: Model,
  intervention: Intervention,
  stopIds: readonly number[],
): StepGraph {
  const first = firstStep(model, intervention);
  const { graph, out, inputs, widths } = first;
  const { nKeyValueHeads, dHead } = model.dims;
  const enough = graph.input('enough', 'float32', [1]);
  const uniforms = graph.input('uniforms', 'float32', ['turns', 'B', 1]);
  const open = stillOpen(out.token, stopIds);
  const recent = (initial: Value): Carried => ({
    initial,
    shape: ['B', nKeyValueHeads, 'R', dHead],
  });
  const { carried, scanned } = loop(graph, {
    turns: graph.input('turns', 'int64', [1]),
    first: goesOn({ open, sampled: graph.scalar(1, 'float32'), mass: out.mass, enough }),
    carried: [
      { initial: out.token, shape: ['B', 1] },
      { initial: inputs.positions, shape: ['B', 1] },
      { initial: open, shape: ['B', 1] },
      { initial: inputs.keyPositions, shape: ['B', 'R'] },
      ...out.keys.map(recent),
      ...out.values.map(recent),
    ],
    symbol: 'taken',
    body: turnOf(model, first, { intervention, stopIds, uniforms, enough }),
  });
  const [, , , newPositions, ...grown] = carried;
  out.keys.forEach((_, layer) => {
    graph.output(NEW.key(layer), grown[layer]!);
    graph.output(NEW.value(layer), grown[out.keys.length + layer]!);
  });
  graph.output('new_positions', newPositions!);
  graph.output('mass', out.mass);
  graph.output('token', out.token);
  graph.output('tokens', scanned[0]!);
  graph.output('masses', scanned[1]!);
  return { graph, widths };
}

interface TurnInputs {
  readonly intervention: Intervention;
  readonly stopIds: readonly number[];
  readonly uniforms: Value;
  readonly enough: Value;
}

/** The body: one step of every row, those that have ended included, which nobody reads any more. */
const turnOf =
  (
    model: Model,
    { graph, weights, inputs }: FirstStep,
    { intervention: { steerAt }, stopIds, uniforms, enough }: TurnInputs,
  ) =>
  (index: Value, [token, before, open, recentPositions, ...recent]: readonly Value[]): Turn => {
    // A row that has ended stays where it is, so as not to leave the context.
    const positions = add(before!, cast(open!, 'int64'));
    const keyPositions = concat([recentPositions!, positions], 1);
    const { nLayers } = model.dims;
    const out = step(model, weights, {
      ids: token!,
      positions,
      keyPositions,
      cache: inputs.cache,
      recent: { keys: recent.slice(0, nLayers), values: recent.slice(nLayers) },
      edits: steerAt === undefined ? [] : [steer(steerAt, positions, steeringVectors(graph))],
      sampling: { ...inputs.sampling, uniform: gather(uniforms, index) },
    });
    const openAfter = mul(open!, stillOpen(out.token, stopIds));
    return {
      again: goesOn({ open: openAfter, sampled: open!, mass: out.mass, enough }),
      carried: [out.token, positions, openAfter, keyPositions, ...out.keys, ...out.values],
      scanned: [reshape(out.token, ['B']), reshape(out.mass, ['B'])],
    };
  };

/** [B, 1]: 1 where a token is none of the stop tokens, else 0. Equal has no kernel of this opset on every provider. */
function stillOpen(token: Value, stopIds: readonly number[]): Value {
  const { graph } = token;
  const zero = graph.scalar(0, 'float32');
  if (stopIds.length === 0) return indicator(lessOrEqual(token, token), zero);
  const stops = graph.constant(int64(stopIds, [1, stopIds.length]));
  const atMost = indicator(lessOrEqual(token, stops), zero);
  const atLeast = indicator(lessOrEqual(stops, token), zero);
  return indicator(lessOrEqual(reduceSum(mul(atMost, atLeast), [-1]), zero), zero);
}

interface Progress {
  /** [B, 1]: 1 for rows that go on after this step, else 0. */
  readonly open: Value;
  /** The same before it: whose mass counts. */
  readonly sampled: Value;
  readonly mass: Value;
  readonly enough: Value;
}

/** bool [1]: some row goes on, and no row that was sampled lacks mass (NaN does). */
function goesOn({ open, sampled, mass, enough }: Progress): Value {
  const graph: Graph = open.graph;
  const one = graph.scalar(1, 'float32');
  const held = indicator(lessOrEqual(enough, mass), mass);
  const lacking = reduceSum(mul(sampled, sub(one, held)), [0]);
  const some = indicator(less(graph.scalar(0, 'float32'), reduceSum(open, [0])), mass);
  return reshape(less(lacking, some), [1]);
}
