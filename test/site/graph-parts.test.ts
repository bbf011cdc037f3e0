import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph, GraphEdge, GraphNode } from '../../site/lib/explorers/graph/graph.ts';
import { itemsOf, linksOf, strongest } from '../../site/lib/explorers/graph/items.ts';
import { BELOW, CELL, layout } from '../../site/lib/explorers/graph/layout.ts';
import { neighbour } from '../../site/lib/explorers/graph/neighbour.ts';
import { pack, unpack } from '../../site/lib/explorers/graph/packed.ts';
import { strongestPaths } from '../../site/lib/explorers/graph/paths.ts';
import { countShown, countWith, shareShown } from '../../site/lib/explorers/graph/shown.ts';
import {
  EMPTY_STATE,
  fromAddress,
  type GraphState,
  regrouped,
  renamed,
  toAddress,
  toggled,
  within,
} from '../../site/lib/explorers/graph/state.ts';
import { shownWords, signed, testWords } from '../../site/lib/explorers/graph/words.ts';

const node = (id: string, part: Partial<GraphNode>): GraphNode => ({
  ...{ id, kind: 'feature', layer: 0, column: 0, feature: null, activation: null },
  ...{ influence: 0, predicted: 0, test: null },
  ...part,
});

const edge = (source: number, target: number, weight: number, influence: number): GraphEdge => ({
  ...{ source, target, weight, influence },
  measured: null,
});

const NODES = [
  node('out', { kind: 'target', layer: 2, column: 3, influence: 1 }),
  node('token@0', { kind: 'embedding', layer: -1, influence: 0.5, predicted: -0.3 }),
  node('tc_1_7@3', {
    ...{ layer: 1, column: 3, feature: 'tc_1_7', activation: 2.5, influence: 0.4, predicted: 0.2 },
    test: { measured: 0.15, held: 0.18, random: null },
  }),
  node('error_0@3', { kind: 'error', layer: 0, column: 3, influence: 0.1, predicted: -0.01 }),
];

const GRAPH: Graph = {
  id: 'a list',
  words: 'Rivers',
  columns: ['<bos>', ' short', '\n', ' Nile'],
  nodes: NODES,
  edges: [edge(1, 0, 1, 0.6), edge(2, 0, -1, 0.4), edge(1, 2, -1, 0.3), edge(3, 2, 2, 0.1)],
  paths: [{ nodes: [1, 0], share: 0.6, isFor: true }],
  featurePaths: [{ nodes: [1, 2, 0], share: 0.3, isFor: true }],
  labels: { tc_1_7: { words: 'on items', auc: 0.9, hasCard: true } },
  ...{ total: 1, nNodes: 3, nEdges: 4, errors: 0.12, pEnd: 0.7, pAgain: 0.2 },
};

test('a graph comes out of its file as it went in', () => {
  assert.deepEqual(unpack(JSON.parse(JSON.stringify(pack(GRAPH)))), GRAPH);
  const average: Graph = {
    ...GRAPH,
    ...{ id: 'average', columns: ['the word', 'its last token'], pEnd: null, pAgain: null },
    nodes: [NODES[0]!, { ...NODES[2]!, id: 'tc_1_7@its last token', column: 1 }],
    ...{ edges: [], paths: [], featurePaths: [] },
  };
  assert.deepEqual(unpack(pack(average)), average);
});

test('a threshold keeps the fewest nodes that have the share; at first there are at most sixty', () => {
  assert.equal(countWith(GRAPH, 0.5), 1);
  assert.equal(countWith(GRAPH, 0.51), 2);
  assert.equal(countWith(GRAPH, 1), 3);
  assert.equal(shareShown(GRAPH, 2), 0.9);
  assert.equal(countShown(GRAPH, 0.98), 3);
  assert.equal(countShown(GRAPH, 0.1), 2, 'no less than 60 % can be asked for');
  const nodes = Array.from({ length: 201 }, (_, i) => node(`${i}`, { influence: 0.005 }));
  const even = { nodes, total: 1 };
  assert.equal(countShown(even, null), 60);
  assert.equal(countShown(even, 0.6), 120);
  assert.equal(countShown({ nodes: NODES.slice(0, 1), total: 0 }, null), 0);
  assert.equal(shareShown({ nodes: NODES.slice(0, 1), total: 0 }, 0), 0);
  assert.match(shownWords(GRAPH, 2), /^2 of 3 nodes, 90.% of the influence, errors 12.%$/);
});

test('the strongest paths begin at tokens and errors, with the product of shares and of signs', () => {
  const paths = strongestPaths(GRAPH, 10);
  assert.deepEqual(
    paths.map(({ nodes, isFor }) => [nodes, isFor]),
    [
      [[1, 0], true],
      [[1, 2, 0], true], // two signs
      [[3, 2, 0], false],
    ],
  );
  const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} ${b}`);
  for (const [i, share] of [0.6, 0.4 * (0.3 / 0.4), 0.4 * (0.1 / 0.4)].entries())
    close(paths[i]!.share, share);
  assert.equal(strongestPaths(GRAPH, 1).length, 1);
  const ofFeature = strongestPaths(GRAPH, 1, (nodes) => nodes.includes(2));
  assert.deepEqual(ofFeature[0]!.nodes, [1, 2, 0]);
  assert.deepEqual(strongestPaths({ ...GRAPH, edges: [] }, 10), []);
});

test('items are by layer and then position; what the state names is there whatever its influence', () => {
  const names = (state: GraphState) => itemsOf(GRAPH, state).map(({ id }) => id);
  const few = { ...EMPTY_STATE, share: 0.6 };
  assert.deepEqual(names(few), ['token@0', 'tc_1_7@3', 'out']);
  const all = ['token@0', 'error_0@3', 'tc_1_7@3', 'out'];
  for (const name of ['selected', 'pinned', 'zeroed'])
    assert.deepEqual(names({ ...few, [name]: ['error_0@3'] }), all);
});

test('a group is one item with what leads to and from its nodes', () => {
  const groups = [{ name: 'both', members: ['tc_1_7@3', 'error_0@3'] }];
  const items = itemsOf(GRAPH, { ...EMPTY_STATE, groups });
  assert.deepEqual(
    items.map(({ id, layer }) => [id, layer]),
    [
      ['token@0', -1],
      ['group:both', 1],
      ['out', 2],
    ],
  );
  assert.equal(items[1]!.influence, 0.5);
  assert.equal(items[1]!.isFor, false);
  const links = linksOf(GRAPH, items);
  assert.deepEqual(
    links.map(({ source, target, adds, isTested }) => [source.id, target.id, adds, isTested]),
    [
      ['token@0', 'out', true, false],
      ['group:both', 'out', false, false],
      ['token@0', 'group:both', false, false],
    ],
  );
  assert.equal(strongest(links, 'out', 'in')?.id, 'token@0');
  assert.equal(strongest(links, 'token@0', 'out')?.id, 'out');
  assert.equal(strongest(links, 'token@0', 'in'), undefined);
});

test('a line is tested where each of its edges is', () => {
  const tested = { ...GRAPH, edges: GRAPH.edges.map((each) => ({ ...each, measured: 0 })) };
  assert.ok(linksOf(tested, itemsOf(tested, EMPTY_STATE)).every(({ isTested }) => isTested));
});

test('no two items are drawn in one place, and none is outside', () => {
  const nodes = [
    ...NODES,
    ...Array.from({ length: 17 }, (_, i) => node(`n${i}`, { column: 3, influence: 0.01 })),
    ...[0, 1, 2, 4, 5].map((column) =>
      node(`token@${column}.`, { kind: 'embedding', layer: -1, column, influence: 0.001 }),
    ),
  ];
  const items = itemsOf(
    { ...GRAPH, nodes, total: 0.1 },
    { ...EMPTY_STATE, selected: nodes.map(({ id }) => id) },
  );
  for (const width of [100, 1000]) {
    const { places, height, columns, width: drawn } = layout(items, width);
    assert.ok(drawn >= width);
    const all = [...places.values()];
    assert.equal(all.length, items.length);
    for (const [i, a] of all.entries()) {
      assert.ok(a.x >= CELL / 2 && a.x <= drawn - CELL / 2, `x ${a.x} of ${drawn}`);
      assert.ok(a.y >= CELL / 2 && a.y <= height - BELOW - CELL / 2, `y ${a.y} of ${height}`);
      for (const b of all.slice(i + 1))
        assert.ok(Math.abs(a.x - b.x) >= CELL - 1e-9 || Math.abs(a.y - b.y) >= CELL - 1e-9);
    }
    // The strong token and the list's last stand alone, the weak ones between and after them together.
    assert.deepEqual(
      columns.map(({ of }) => of),
      [[0], [1, 2], [3], [4, 5]],
    );
    const y = (id: string) => places.get(id)!.y;
    assert.ok(
      y('out') < y('tc_1_7@3') && y('tc_1_7@3') < y('error_0@3') && y('error_0@3') < y('token@0'),
    );
  }
});

test('arrows lead to neighbours and to the nearest of the next layer', () => {
  const items = itemsOf(GRAPH, { ...EMPTY_STATE, share: 0.98 });
  const walked = { items, layout: layout(items, 600) };
  assert.equal(neighbour(walked, 'token@0', 'ArrowRight'), 'error_0@3');
  assert.equal(neighbour(walked, 'token@0', 'ArrowLeft'), undefined);
  assert.equal(neighbour(walked, 'out', 'ArrowDown'), 'tc_1_7@3');
  assert.equal(neighbour(walked, 'out', 'ArrowUp'), undefined);
  assert.equal(neighbour(walked, 'token@0', 'End'), 'out');
  assert.equal(neighbour(walked, 'out', 'Home'), 'token@0');
  assert.equal(neighbour(walked, 'out', 'q'), undefined);
});

test('the state comes out of the address as it went in, and only with nodes of the graph', () => {
  const state: GraphState = {
    list: 'a list',
    share: 0.85,
    selected: ['tc_1_7@3', 'token@its last token'],
    pinned: ['token@0'],
    zeroed: ['tc_1_7@3'],
    groups: [{ name: 'Group 1', members: ['token@0', 'tc_1_7@3'] }],
  };
  assert.deepEqual(fromAddress(new URLSearchParams(String(toAddress(state)))), state);
  assert.deepEqual(fromAddress(new URLSearchParams('')), EMPTY_STATE);
  assert.equal(fromAddress(new URLSearchParams('influence=much')).share, null);
  const ids = new Set(NODES.map(({ id }) => id));
  const known = within(
    { ...state, groups: [...state.groups, { name: 'b', members: ['token@0', 'x'] }] },
    ids,
  );
  assert.deepEqual(known.selected, ['tc_1_7@3']);
  assert.deepEqual(known.groups, state.groups, 'no node is in two groups');
});

test('nodes are grouped, named and taken apart again', () => {
  const one = regrouped(EMPTY_STATE, ['a', 'b']);
  assert.deepEqual(one.groups, [{ name: 'Group 1', members: ['a', 'b'] }]);
  const two = regrouped(one, ['b', 'c']);
  assert.deepEqual(two.groups, [
    { name: 'Group 1', members: ['a'] },
    { name: 'Group 2', members: ['b', 'c'] },
  ]);
  assert.equal(renamed(two, 'Group 2', 'the | word').groups[1]!.name, 'the   word');
  assert.deepEqual(renamed(two, 'Group 2', 'Group 1'), two, 'a name that is taken');
  assert.deepEqual(regrouped(two, ['c', 'b']).groups, two.groups.slice(0, 1));
  assert.deepEqual(toggled(['a'], ['a', 'b']), ['a', 'b']);
  assert.deepEqual(toggled(['a', 'b'], ['b']), ['a']);
});

test('what was not tested is said, and what was is told as measured', () => {
  assert.equal(testWords(GRAPH, NODES[1]!), 'predicted −0.30, not tested');
  assert.equal(
    testWords(GRAPH, NODES[2]!),
    'predicted +0.20, measured +0.15, no random feature tested',
  );
  const random = { ...NODES[2]!, test: { measured: -0.41, held: null, random: -0.0234 } };
  assert.equal(testWords(GRAPH, random), 'predicted +0.20, measured −0.41, random −0.023');
  assert.equal(signed(0), '0.00');
  assert.equal(signed(0.00012), '+0.0001');
});
