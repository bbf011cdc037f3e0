import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import * as layout from '../../pipeline/graph/layout.ts';
import { type Carried, type Iteration, loop } from '../../pipeline/graph/loop.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { float32, int64, type Tensor } from '../../pipeline/graph/tensor.ts';
import { type Feeds, openSession } from '../../pipeline/runtime/session.ts';
import { openCheckpoint } from '../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { tempDir } from '../temp.ts';

async function run(graph: Graph, feeds: Feeds = {}, fetch?: string[]) {
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const found = await session.run(feeds, fetch);
  await session.release();
  return Object.fromEntries(
    Object.entries(found).map(([name, { dims, data }]) => [name, { dims, data: numbers(data) }]),
  );
}

const numbers = (data: Tensor['data']): number[] => Array.from(data as ArrayLike<number>, Number);

/** A graph whose loop is written by the test, with `turns` as input and a first turn wherever there is one. */
function loopOf(
  graph: Graph,
  carried: readonly Carried[],
  body: (index: Value, carried: readonly Value[]) => Iteration,
) {
  const turns = graph.inputs.find(({ name }) => name === 'turns');
  return loop(graph, {
    maxIterations: turns ?? graph.input('turns', 'int64', [1]),
    startCondition: ops.less(graph.ints([0]), graph.ints([1])),
    carried,
    iterationAxis: 'taken',
    body,
  });
}

const always = (carried: Value): Value => {
  const zero = carried.graph.constant(float32([0], [1]));
  return ops.lessOrEqual(zero, zero);
};
const feeds = (turns: number, x: number[]): Feeds => ({
  turns: int64([turns], [1]),
  x: float32(x, [x.length]),
});

/** Doubles and adds x², which lies outside, until the first element is 20 or more. */
function doubling(): Graph {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['B']);
  const outside = ops.mul(x, x);
  const { carried, scanned } = loopOf(graph, [{ initial: x, shape: ['B'] }], (index, [now]) => {
    const next = ops.add(ops.add(now!, now!), outside);
    const first = ops.gather(next, now!.graph.ints([0]));
    const continues = ops.less(first, now!.graph.constant(float32([20], [1])));
    return { continues, carried: [next], scanned: [next, layout.reshape(index, [1])] };
  });
  graph.output('last', carried[0]!);
  graph.output('all', scanned[0]!);
  graph.output('index', scanned[1]!);
  return graph;
}

suite('a loop', () => {
  test('carries values, reads those around it, and keeps what every turn gave', async () => {
    assert.deepEqual(await run(doubling(), feeds(2, [1, 5])), {
      last: { dims: [2], data: [7, 95] },
      all: { dims: [2, 2], data: [3, 35, 7, 95] },
      index: { dims: [2, 1], data: [0, 1] },
    });
  });

  test('ends early where a turn says so', async () => {
    const { all } = await run(doubling(), feeds(100, [2, 5]));
    assert.deepEqual(all, { dims: [2, 2], data: [8, 35, 20, 95] });
  });

  test('of no turns gives back the initial values', async () => {
    const { last } = await run(doubling(), feeds(0, [2, 5]), ['last']);
    assert.deepEqual(last!.data, [2, 5]);
  });

  test('may carry an axis that grows, and look its length up', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['B']);
    const { carried } = loopOf(graph, [{ initial: x, shape: ['R'] }], (_, [now]) => {
      const ones = layout.expand(now!.graph.constant(float32([1], [1])), ['R']);
      const more = layout.expand(now!.graph.constant(float32([2], [1])), ['B']);
      const next = layout.concat([ops.add(now!, ones), more], 0);
      return { continues: always(now!), carried: [next], scanned: [] };
    });
    graph.output('last', carried[0]!);
    assert.deepEqual((await run(graph, feeds(2, [5]))).last!.data, [7, 3, 2]);
  });

  test('may hold a loop, and one value in several places', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['B']);
    const { carried, scanned } = loopOf(graph, [{ initial: x, shape: ['B'] }], (_, [now]) => {
      const inner = loop(now!.graph, {
        maxIterations: now!.graph.ints([2]),
        startCondition: always(now!),
        carried: [{ initial: now!, shape: ['B'] }],
        iterationAxis: 'inner',
        body: (_, [y]) => ({ continues: always(y!), carried: [ops.add(y!, x)], scanned: [] }),
      });
      return {
        continues: always(now!),
        carried: inner.carried,
        scanned: [inner.carried[0]!, now!, x],
      };
    });
    graph.output('last', carried[0]!);
    scanned.forEach((value, i) => {
      graph.output(`scanned.${i}`, value);
    });
    const found = await run(graph, feeds(2, [1, 10]));
    assert.deepEqual(
      Object.values(found).map(({ data }) => data),
      [
        [5, 50],
        [3, 30, 5, 50],
        [1, 10, 3, 30],
        [1, 10, 1, 10],
      ],
    );
  });
});

suite('a body', () => {
  const bodyOf = (graph: Graph): Graph =>
    graph.nodes.find((node) => node.op === 'Loop')!.attributes.body;

  test('leaves outside what does not depend on it: weights, their casts, large constants', async (t) => {
    const dir = tempDir(t);
    const dims = [3, 2];
    const data = Uint16Array.of(0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0); // 1 to 6
    writeSafetensors(join(dir, 'model.safetensors'), {
      W: { dtype: 'bfloat16', dims, data },
    });
    const slice = openCheckpoint(dir).tensors.get('W')!;
    const graph = new Graph();
    const x = graph.input('x', 'float32', [2]);
    const { carried } = loopOf(graph, [{ initial: x, shape: [2] }], (_, [now]) => {
      const inside = now!.graph;
      const weight = ops.cast(inside.external('W', slice), 'float32');
      const large = inside.constant(float32(new Float32Array(32).fill(1), [16, 2]));
      const row = ops.gather(weight, ops.cast(ops.gather(now!, inside.ints([0])), 'int64'));
      const sum = ops.add(ops.reduceSum(large, [0]), row);
      return { continues: always(now!), carried: [layout.reshape(sum, [2])], scanned: [] };
    });
    graph.output('last', carried[0]!);
    const body = bodyOf(graph);
    assert.ok(body.initializers.every(({ value }) => value.shape.join() === '1'));
    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['Less', 'Cast', 'ReduceSum', 'Loop'],
    );
    assert.deepEqual((await run(graph, feeds(1, [2, 0]))).last!.data, [16 + 5, 16 + 6]);
  });

  test('may name its values as the graph around it does', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['B']);
    const outside = graph.rename(ops.neg(x), 'blocks.0.hook_z');
    const { carried } = loopOf(graph, [{ initial: outside, shape: ['B'] }], (_, [now]) => {
      const named = now!.graph.rename(ops.add(now!, outside), 'blocks.0.hook_z');
      assert.equal(now!.graph.find('blocks.0.hook_z'), named);
      return { continues: always(now!), carried: [named], scanned: [] };
    });
    assert.equal(graph.find('blocks.0.hook_z'), outside);
    graph.output('last', carried[0]!);
    assert.deepEqual((await run(graph, feeds(2, [1]))).last!.data, [-3]);
  });
});

const stranger = new Graph().input('stranger', 'float32', [1]);

/** What a body does wrong, and the complaint. */
const MISTAKES: Readonly<Record<string, [(now: Value, x: Value) => Partial<Iteration>, RegExp]>> = {
  'a value of another graph': [
    (now) => ({ carried: [ops.add(now, stranger)] }),
    /^stranger belongs to another graph: use values of this graph or of an outer graph$/,
  ],
  'a result of another graph': [
    () => ({ scanned: [stranger] }),
    /^stranger belongs to another graph: /,
  ],
  'a value of a body beside it': [
    (now, x) => {
      let other: Value;
      loopOf(x.graph, [{ initial: x, shape: ['B'] }], (_, [mine]) => {
        other = ops.neg(mine!);
        return { continues: always(mine!), carried: [other], scanned: [] };
      });
      return { carried: [ops.add(now, other!)] };
    },
    /^body#\d+\/Neg#\d+ belongs to another graph: /,
  ],
  'another type': [
    (now) => ({ carried: [ops.cast(now, 'int64')] }),
    /^an iteration turns float32 \[B\] into int64 \[B\]: keep the type and the number of axes$/,
  ],
  'another number of axes': [
    (now) => ({ carried: [layout.reshape(now, ['B', 1])] }),
    /^an iteration turns float32 \[B\] into float32 \[B,1\]: keep the type and the number of axes$/,
  ],
  'more than it was given': [
    (now) => ({ carried: [now, now] }),
    /^an iteration returns 2 carried values, expected 1: return one for each$/,
  ],
  'an axis that nobody has': [
    (now) => ({ carried: [layout.expand(now.graph.scalar(1, 'float32'), ['Q'])] }),
    /^no input has the axis Q: declare one before using it$/,
  ],
};

for (const [what, [make, message]] of Object.entries(MISTAKES))
  test(`refused in a body: ${what}`, () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['B']);
    const build = () =>
      loopOf(graph, [{ initial: x, shape: ['B'] }], (_, [now]) => ({
        continues: always(now!),
        carried: [now!],
        scanned: [],
        ...make(now!, x),
      }));
    assert.throws(build, { name: 'Error', message });
  });

test('refused: a value of a body in the graph around it', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['B']);
  let inside: Value;
  loopOf(graph, [{ initial: x, shape: ['B'] }], (_, [now]) => {
    inside = ops.neg(now!);
    return { continues: always(now!), carried: [inside], scanned: [] };
  });
  assert.throws(() => graph.output('y', inside), /belongs to another graph: /);
});
