import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32 } from '../../../pipeline/graph/tensor.ts';
import type { ActiveLayer } from '../../../pipeline/interp/circuit/active-layer.ts';
import { prune } from '../../../pipeline/interp/circuit/prune.ts';
import {
  TERMS_OF_EMBEDDING,
  termsOfLayer,
} from '../../../pipeline/interp/circuit/response-graph.ts';
import { scoresOf } from '../../../pipeline/interp/circuit/scores.ts';
import { Tracing } from '../../../pipeline/interp/circuit/tracing.ts';

/** Two positions; a first layer with two features at the second, a second layer with one. */
const LAYERS: readonly ActiveLayer[] = [
  {
    layer: 0,
    positions: Int32Array.of(1, 1),
    features: Int32Array.of(4, 7),
    acts: Float32Array.of(2, 1),
    starts: Int32Array.of(0, 0, 2),
    error: new Float32Array(2),
  },
  {
    layer: 1,
    positions: Int32Array.of(1),
    features: Int32Array.of(3),
    acts: Float32Array.of(5),
    starts: Int32Array.of(0, 0, 1),
    error: new Float32Array(2),
  },
];

/** Outputs of a response graph for one reading. @param layers of each layer below, by position: error, bias, features */
const row = (embedding: readonly number[], ...layers: (readonly (readonly number[])[])[]) => ({
  outputs: {
    [TERMS_OF_EMBEDDING]: float32(embedding, [1, 2]),
    ...Object.fromEntries(
      layers.map((positions, layer) => [
        termsOfLayer(layer),
        float32(positions.flat(), [2, 1, positions[0]!.length]),
      ]),
    ),
  },
  row: 0,
  rows: 1,
});

function traced(): Tracing {
  const tracing = new Tracing(2, LAYERS, { minInfluence: 0.01, mostInLayer: 10 });
  // The target: 2 from token 0, 4 from the feature of layer 1, −2 from feature 4 of layer 0, 2 from an error of layer 0.
  tracing.recordTarget(
    0,
    1,
    row(
      [2, 0],
      [
        [0, 9, 0, 0],
        [2, 9, -2, 0],
      ],
      [
        [0, 9, 0],
        [0, 9, 4],
      ],
    ),
  );
  assert.deepEqual(tracing.choose(1), [6]);
  // The feature of layer 1, with an activation of 5: 3 from token 1, 1 from feature 7 of layer 0.
  tracing.recordFeature(
    6,
    row(
      [0, 3],
      [
        [0, 9, 0, 0],
        [0, 9, 0, 1],
      ],
    ),
  );
  assert.deepEqual(tracing.choose(0), [2, 3]);
  tracing.recordFeature(2, row([1, 1]));
  return tracing;
}

test('influence flows by shares, effects with signs; biases are no sources', () => {
  const { sources, influence, effect } = traced();
  assert.equal(sources.length, 2 + 2 + 2 + 1 + 2);
  const at = (source: number) =>
    [influence[source]!, effect[source]!].map((x) => Number(x.toFixed(6)));
  assert.deepEqual(at(6), [0.4, 4]);
  assert.deepEqual(at(2), [0.2, -2]);
  assert.deepEqual(at(3), [0.1, 0.8]); // a quarter of 0.4; 1 of the 5 that adds 4
  assert.deepEqual(at(0), [0.3, 2 - 1]); // 0.2 directly, half of 0.2 through feature 4, whose 2 adds −2
  assert.deepEqual(at(1), [0.4, 2.4 - 1]);
  assert.deepEqual(at(5), [0.2, 2]);
});

test('scores: what ends in errors, and in features that are not explored', () => {
  const { replacement, completeness, unexplored } = scoresOf(traced());
  assert.ok(Math.abs(replacement - 0.7) < 1e-6);
  assert.ok(Math.abs(unexplored - 0.1) < 1e-6);
  assert.ok(Math.abs(completeness - (1 - 0.3 / 1.6)) < 1e-6); // inputs of the target, 1, and of features with 0.4 and 0.2
});

test('an explored feature of many weak inputs stays, with the strongest of them', () => {
  const T = 24;
  const starts = new Int32Array(T + 1);
  const none = {
    positions: new Int32Array(0),
    features: new Int32Array(0),
    acts: new Float32Array(0),
  };
  const last: ActiveLayer = {
    layer: 1,
    positions: Int32Array.of(T - 1),
    features: Int32Array.of(3),
    acts: Float32Array.of(5),
    starts: Int32Array.from(starts, (_, pos) => (pos === T ? 1 : 0)),
    error: new Float32Array(T),
  };
  const layers = [{ layer: 0, ...none, starts, error: new Float32Array(T) }, last];
  const tracing = new Tracing(T, layers, { minInfluence: 0.5, mostInLayer: 10 });
  const terms = (embedding: number[], ofLast?: number[][]) => ({
    outputs: {
      [TERMS_OF_EMBEDDING]: float32(embedding, [1, T]),
      [termsOfLayer(0)]: float32(new Float32Array(2 * T), [T, 1, 2]),
      ...(ofLast && { [termsOfLayer(1)]: float32(ofLast.flat(), [T, 1, 3]) }),
    },
    row: 0,
    rows: 1,
  });
  const tokens = Array.from({ length: T }, (_, i) => 1 + i / T);
  const zeros = tokens.map(() => 0);
  tracing.recordTarget(
    0,
    1,
    terms(
      zeros,
      tokens.map((_, pos) => [0, 0, pos === T - 1 ? 4 : 0]),
    ),
  );
  const [feature] = tracing.choose(1);
  tracing.recordFeature(feature!, terms(tokens));
  const { nodes, edges } = prune(tracing, { nodes: 1, edges: 1 });
  assert.ok(nodes.includes(feature!));
  assert.deepEqual(
    edges.filter(({ target }) => target === feature).map(({ source }) => source),
    tokens
      .map((_, i) => i)
      .slice(-10)
      .reverse(),
  );
  const sparse = prune(tracing, { nodes: 1, edges: 0.5 });
  assert.deepEqual(sparse.nodes, [feature]); // no input is left, and it stays
});

test('pruning keeps influential nodes, and what leads from them to the target', () => {
  const all = prune(traced(), { nodes: 1, edges: 1 });
  // Feature 7 was not explored: nothing leads to it, so that it is left out, and what it leads to is not.
  assert.deepEqual(
    [...all.nodes].sort((a, b) => a - b),
    [0, 1, 2, 5, 6],
  );
  assert.equal(all.edges.length, 7);
  const few = prune(traced(), { nodes: 0.4, edges: 1 });
  assert.deepEqual(
    [...few.nodes].sort((a, b) => a - b),
    [0, 1, 6],
  );
  assert.deepEqual(
    few.edges.map(({ source, target }) => [source, target]),
    [
      [6, -1],
      [1, 6],
      [0, -1],
    ],
  );
});
