import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ActiveLayer } from '../../pipeline/interp/circuit/active-layer.ts';
import type { TracedCircuit } from '../../pipeline/interp/circuit/trace-circuits.ts';
import { Tracing } from '../../pipeline/interp/circuit/tracing.ts';
import type { CircuitCurveRow } from '../../pipeline/schema/circuit-curves.ts';
import type { CircuitListRow } from '../../pipeline/schema/circuit-lists.ts';
import type { GraphAverageNodeRow } from '../../pipeline/schema/graph-average.ts';
import type { GraphEdgeRow } from '../../pipeline/schema/graph-edges.ts';
import type { GraphNodeRow } from '../../pipeline/schema/graph-nodes.ts';
import { averageGraph } from '../../pipeline/stages/circuits/average.ts';
import { circuitFeatures, randomLike } from '../../pipeline/stages/circuits/circuit-features.ts';
import { areaRows, countsUpTo } from '../../pipeline/stages/circuits/curves.ts';
import { listEffectRows } from '../../pipeline/stages/circuits/list-effects.ts';
import { wordChanges } from '../../pipeline/stages/circuits/word-changes.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.9 } };

const node = (sample_id: string, given: Partial<GraphNodeRow>): GraphNodeRow => ({
  sample_id,
  node_id: 'tc_0_3@7',
  kind: 'feature',
  layer: 0,
  pos: 7,
  token: ' a',
  place: 'the word',
  feature_id: 'tc_0_3',
  activation: 1,
  in_graph: true,
  influence: 0.2,
  predicted: -0.1,
  measured: null,
  measured_attention_held: null,
  ...given,
});
const TARGET = {
  node_id: 'end',
  kind: 'target',
  layer: 2,
  feature_id: null,
  activation: null,
} as const;
const edge = (sample_id: string, given: Partial<GraphEdgeRow>): GraphEdgeRow => ({
  sample_id,
  source: 'tc_0_3@7',
  target: 'end',
  weight: -2,
  share: 0.5,
  influence: 0.5,
  tested: false,
  predicted: null,
  measured: null,
  ...given,
});

test('the average graph joins positions of one place, and leaves out what is rare', () => {
  const lists = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { nodes, edges } = averageGraph(
    {
      nodes: [
        ...lists.map((list) => node(list, TARGET)),
        node('a', { measured: -0.05 }),
        node('b', { node_id: 'tc_0_3@9', pos: 9, influence: 0.4, predicted: 0.3 }),
        node('c', { node_id: 'tc_0_4@7', feature_id: 'tc_0_4' }),
        node('d', { in_graph: false, measured: 7 }),
      ],
      edges: [
        edge('a', {}),
        edge('b', { source: 'tc_0_3@9', weight: 4 }),
        edge('c', { source: 'tc_0_4@7' }),
      ],
    },
    (list) => `topic ${list}`,
    SETTINGS,
  );
  assert.deepEqual(
    nodes.map(({ node_id, share_lists }) => [node_id, share_lists]),
    [
      ['end', 1],
      ['tc_0_3@the word', 2 / 6],
    ],
  );
  assert.ok(Math.abs(nodes[1]!.influence - 0.6 / 6) < 1e-12);
  const { effect, ci_low, ci_high, ...tests } = nodes[1]!;
  assert.ok(Math.abs(effect - (0.1 - 0.3) / 6) < 1e-12);
  assert.ok(ci_low < effect && effect < ci_high);
  // One of its nodes was set to zero, that of list a.
  assert.deepEqual([tests.n_tests, tests.test_predicted, tests.test_measured], [1, -0.1, -0.05]);
  assert.deepEqual([nodes[0]!.n_tests, nodes[0]!.test_measured], [0, null]);
  assert.deepEqual(edges, [
    {
      source: 'tc_0_3@the word',
      target: 'end',
      share_lists: 2 / 6,
      share: 0,
      influence: 1 / 6,
      n: 6,
    },
  ]);
});

suite('curves', () => {
  test('numbers of features grow by the root of ten, up to all', () => {
    assert.deepEqual(countsUpTo(40), [1, 3, 10, 32, 40]);
    assert.deepEqual(countsUpTo(1), [1]);
  });

  const curve = (sample_id: string, points: readonly (readonly [n: number, kept: number])[]) =>
    points.map(
      ([n_nodes, kept]): CircuitCurveRow => ({
        sample_id,
        ranking: 'effect',
        rest: 'zero',
        errors: true,
        n_nodes,
        kept,
        removed: 5 - kept,
        none: 1,
        all: 5,
        faithfulness: (kept - 1) / 4,
        completeness: (4 - kept) / 4,
      }),
    );

  test('areas are over the logarithm of the number, of means over lists', () => {
    const rows = [
      ...curve('a', [
        [1, 1],
        [10, 5],
        [100, 5],
      ]),
      ...curve('b', [
        [1, 1],
        [10, 3],
        [100, 5],
      ]),
    ];
    const [area] = areaRows(rows, (id) => id, SETTINGS);
    // List a: (0 + 4) / 4 + (4 + 4) / 4 of 4; list b: (0 + 2) / 4 + (2 + 4) / 4.
    assert.ok(Math.abs(area!.faithfulness! - (3 + 2) / 2 / 4) < 1e-9);
    assert.equal(area!.half, 10);
    assert.equal(area!.n, 2);
  });

  test('there is no area where the decision does not differ from that without features', () => {
    const rows = curve('a', [
      [1, 1],
      [10, 1],
    ]).map((row) => ({ ...row, all: 1, removed: 1 }));
    const [area] = areaRows(rows, (id) => id, SETTINGS);
    assert.deepEqual([area!.faithfulness, area!.faithfulness_low, area!.half], [null, null, null]);
  });
});

test('what changes with the word counts by its effect in the graph in which it is active', () => {
  const layer = (
    acts: readonly (readonly [pos: number, feature: number, act: number])[],
  ): ActiveLayer => ({
    layer: 0,
    positions: Int32Array.from(acts, ([pos]) => pos),
    features: Int32Array.from(acts, ([, feature]) => feature),
    acts: Float32Array.from(acts, ([, , act]) => act),
    starts: Int32Array.from([0, 1, 2].map((pos) => acts.filter(([at]) => at < pos).length)),
    error: new Float32Array(2),
  });
  const circuit = (of: ActiveLayer, effects: readonly number[]) => {
    const tracing = new Tracing(2, [of], { minInfluence: 1, mostInLayer: 1 });
    effects.forEach((effect, i) => {
      tracing.effect[2 + i] = effect;
    });
    return { layers: [of], tracing } as unknown as TracedCircuit;
  };
  const own = circuit(
    layer([
      [0, 1, 2],
      [1, 4, 3],
      [1, 6, 1],
    ]),
    [1, 6, 5],
  );
  const other = circuit(
    layer([
      [1, 4, 1],
      [1, 5, 2],
      [1, 6, 1],
    ]),
    [9, 4, 5],
  );
  assert.deepEqual(
    wordChanges(own, other).map(({ pos, feature, act, otherAct, carried }) => [
      pos,
      feature,
      act,
      otherAct,
      carried,
    ]),
    [
      [0, 1, 2, 0, 1],
      [1, 4, 3, 1, 4],
      [1, 5, 0, 2, -4],
    ],
  );
});

test('a circuit’s features are ranked over places; random ones are of the same layers, active, and others', () => {
  const average = (feature_id: string, layer: number, influence: number): GraphAverageNodeRow => ({
    node_id: `${feature_id}@place ${influence}`,
    kind: 'feature',
    layer,
    place: `place ${influence}`,
    feature_id,
    share_lists: 1,
    influence,
    effect: 0,
    ci_low: 0,
    ci_high: 0,
    n_tests: 0,
    test_predicted: null,
    test_measured: null,
    n: 1,
  });
  const features = circuitFeatures([
    average('tc_1_7', 1, 0.3),
    average('tc_0_2', 0, 0.2),
    average('tc_0_2', 0, 0.25),
    { ...average('error_0', 0, 1), kind: 'error', feature_id: null },
  ]);
  assert.deepEqual(features, [
    { layer: 0, feature: 2 },
    { layer: 1, feature: 7 },
  ]);
  const means = [Float32Array.of(0, 0, 5, 1), Float32Array.of(0, 0, 0, 0, 0, 0, 0, 2)];
  const random = randomLike(features, means, { seed: 1, key: 'x' });
  assert.deepEqual(random, [{ layer: 0, feature: 3 }]); // none is left in layer 1
});

test('effects on lists are against the same noise, and against random features on it', () => {
  const row = (
    sample_id: string,
    arm: CircuitListRow['arm'],
    draw: number,
    n_items: number,
    ended = true,
  ): CircuitListRow => ({
    sample_id,
    arm,
    n_features: arm === 'baseline' ? null : 5,
    draw,
    n_items,
    n_tokens: 3 * n_items,
    n_repeats: 0,
    shannon_index: 0,
    ended,
    blank_before_end: false,
    text: '',
  });
  const rows = ['a', 'b', 'c'].flatMap((id, i) => [
    row(id, 'baseline', 0, 4 + i),
    row(id, 'removed', 0, 7 + i, i > 0),
    row(id, 'random removed', 0, 5 + i),
  ]);
  const effects = listEffectRows(rows, (id) => id, SETTINGS);
  const of = (arm: string, metric: string) =>
    effects.find((each) => each.arm === arm && each.metric === metric)!;
  assert.deepEqual(
    [of('removed', 'n_items').difference, of('removed', 'n_items').beyond_random],
    [3, 2],
  );
  assert.deepEqual(
    [of('baseline', 'n_items').value, of('baseline', 'n_items').difference],
    [5, null],
  );
  assert.ok(Math.abs(of('removed', 'share_ended').difference! + 1 / 3) < 1e-12);
  assert.equal(of('random removed', 'n_items').beyond_random, null);
  assert.ok(Math.abs(of('removed', 'tokens_per_item').value - 3) < 1e-12);
  assert.ok(Math.abs(of('baseline', 'hazard').value - 3 / 15) < 1e-12);
});
