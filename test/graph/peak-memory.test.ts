import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { concat, reshape, transpose } from '../../pipeline/graph/layout.ts';
import { loop } from '../../pipeline/graph/loop.ts';
import { add, exp, gemm, mul } from '../../pipeline/graph/ops.ts';
import { elements, peakMemory } from '../../pipeline/graph/peak-memory.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';

const bytesHeld = (graph: Graph, sizes = {}) =>
  peakMemory(graph, sizes).live.reduce((sum, { bytes }) => sum + bytes, 0);

/** [n, n], so that nothing but n decides. */
const square = (graph: Graph, name = 'x') => graph.input(name, 'float32', ['n', 'n']);
const [n, MATRIX] = [10, 400];

test('a chain of products holds its input and two results at once, however long it is', () => {
  for (const length of [2, 3, 10]) {
    const graph = new Graph();
    let x = square(graph);
    for (let i = 0; i < length; i++) x = transpose(x, [1, 0]);
    graph.output('y', x);
    assert.equal(bytesHeld(graph, { n }), 3 * MATRIX, `${length} products`);
  }
});

test('an argument is held for as long as it is used again', () => {
  const once = new Graph();
  once.output('y', transpose(exp(transpose(square(once), [1, 0])), [1, 0]));
  assert.equal(bytesHeld(once, { n }), 3 * MATRIX);
  const again = new Graph();
  const x = transpose(square(again), [1, 0]);
  again.output('y', transpose(add(exp(x), x), [1, 0]));
  assert.equal(bytesHeld(again, { n }), 4 * MATRIX); // the input, x, exp x and their sum
});

test('a reshaped value is the same memory, held for as long as either is used', () => {
  const graph = new Graph();
  const x = transpose(square(graph), [1, 0]);
  const flat = reshape(x, ['n*n']);
  graph.output('y', transpose(reshape(flat, ['n', 'n']), [1, 0]));
  assert.equal(bytesHeld(graph, { n }), 3 * MATRIX);
});

test('weights are counted apart, in the type that they are computed in, and what is made of them alone', () => {
  const graph = new Graph();
  const w = graph.constant(float32(new Float32Array(n * n), [n, n]));
  const unused = graph.constant(float32(new Float32Array(1000), [1000]));
  exp(unused);
  graph.output('y', gemm(graph.input('x', 'float32', ['n', n]), mul(w, w)));
  assert.equal(peakMemory(graph, { n }).weights, MATRIX);
  assert.equal(bytesHeld(graph, { n }), 2 * MATRIX);
});

test('what no output depends on is left out', () => {
  const graph = new Graph();
  const x = square(graph);
  const big = concat([x, x, x, x], 0);
  concat([big, big, big, big], 0);
  graph.output('y', transpose(x, [1, 0]));
  assert.equal(bytesHeld(graph, { n }), 2 * MATRIX);
});

test('lengths of axes are read as they are spelt, and an axis without one is named', () => {
  assert.equal(elements(['B*T', 'S+T', 2], { B: 3, T: 5, S: 7 }), 15 * 12 * 2);
  assert.equal(elements(['2*B*T+1'], { B: 3, T: 5 }), 31);
  assert.throws(
    () => elements(['B', 'T'], { B: 1 }),
    /^Error: no size for axis T: give one \(sizes: B\)$/,
  );
});

test('a loop holds what a turn does, beside what is held around it', () => {
  const graph = new Graph();
  const x = square(graph);
  const turns = graph.input('turns', 'int64', [1]);
  const first = graph.input('first', 'bool', [1]);
  const { carried } = loop(graph, {
    maxIterations: turns,
    startCondition: first,
    carried: [{ initial: x, shape: ['n', 'n'] }],
    iterationAxis: 'taken',
    body: (_, [given]) => ({
      continues: first,
      carried: [transpose(concat([given!, x], 0), [1, 0])],
      scanned: [],
    }),
  });
  graph.output('y', carried[0]!);
  // Outside: the input and the result. Inside: what is given, both of them side by side, and these turned.
  const small = 8 + 1 + 8 + 1; // turns, first, and the body's index and condition
  assert.equal(bytesHeld(graph, { n, taken: 1 }), 2 * MATRIX + MATRIX + 2 * 2 * MATRIX + small);
});
