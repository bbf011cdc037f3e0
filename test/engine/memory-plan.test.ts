import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planGraphs } from '../../pipeline/engine/memory-plan.ts';
import { Graph } from '../../pipeline/graph/builder.ts';
import { type GraphUse, limitBatch } from '../../pipeline/graph/graph-use.ts';
import { totalUse } from '../../pipeline/graph/memory-use.ts';
import { add } from '../../pipeline/graph/ops.ts';

const WIDTH = 1000;

/** A graph that adds numbers to themselves: what it needs grows with the sequences that run together. */
const adding = (name: string, tokens: number): GraphUse => ({
  name,
  graph: () => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['B', 'T', WIDTH]);
    graph.output('y', add(x, x));
    return graph;
  },
  sizes: (B) => ({ B, T: tokens }),
});
const batches = { batchSize: 64, dVocab: 7 };
const device = (memory: number) => ({ name: 'tiny', memory });

test('the batch is the largest that fits, and no larger than the study’s', () => {
  const plan = (memory: number) => planGraphs('s', [adding('sums', 10)], batches, device(memory));
  const one = totalUse(
    planGraphs('s', [adding('sums', 10)], { ...batches, batchSize: 1 }, device(1e9)).use,
  );
  assert.ok(one >= 2 * 4 * 10 * WIDTH);
  for (const size of [1, 2, 3, 17, 63, 64]) {
    assert.equal(plan(size * one).batchSize, size);
    assert.equal(plan((size + 1) * one - 1).batchSize, size);
  }
  assert.equal(plan(1e12).batchSize, 64);
  assert.equal(totalUse(plan(3.5 * one).use), 3 * one);
});

test('of several graphs the one that needs most decides', () => {
  const uses = [adding('short', 10), adding('long', 30), adding('middling', 20)];
  const memory =
    20 *
    totalUse(planGraphs('s', [adding('long', 30)], { ...batches, batchSize: 1 }, device(1e9)).use);
  const { stage, graph, batchSize } = planGraphs('s', uses, batches, device(memory));
  assert.deepEqual([stage, graph, batchSize], ['s', 'long', 20]);
  // A graph with few sequences does not grow with the batch.
  const rare = [adding('short', 10), limitBatch(2, adding('long', 30))];
  const planned = planGraphs('s', rare, batches, device(memory));
  assert.deepEqual([planned.graph, planned.batchSize], ['short', 60]);
});

test('a stage that runs no graph has no batch and needs nothing', () => {
  const { batchSize, graph, use } = planGraphs('s', [], batches, device(0));
  assert.deepEqual([batchSize, graph, totalUse(use)], [null, null, 0]);
});

test('a device that does not hold one sequence is refused by name and number', () => {
  assert.throws(
    () => planGraphs('6-attribute', [adding('sums', 10_000)], batches, device(20e6)),
    /^Error: stage 6-attribute needs 0\.\d+ GB for one sequence \(sums\), and graphs may use 0\.02 GB of the tiny device: use a larger device, or give its memory with --memory$/,
  );
});
