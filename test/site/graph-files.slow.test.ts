import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AVERAGE, type Graph, shareOf } from '../../site/lib/explorers/graph/graph.ts';
import { unpack } from '../../site/lib/explorers/graph/packed.ts';
import { type Database, openDatabase, type Row } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { miniatureResults, servedSite } from './built-site.ts';

/** Limits of what a browser loads, compressed. */
const MOST_OF_GRAPH = 40_000;
const MOST_OF_CODE = 12_000;

test('files of attribution graphs', async (t) => {
  const { dir, server } = await servedSite();
  t.after(() => server.close());
  const database = await openDatabase(openResults(miniatureResults()));
  const files = globSync(join(dir, 'data/miniature/*.graph.json'));
  const graphs = files.map((file) => unpack(JSON.parse(readFileSync(file, 'utf8'))));
  const size = (file: string) => gzipSync(readFileSync(file)).length;

  await t.test('there is one of each list, and the average', async () => {
    const rows = await database.all('SELECT sample_id FROM circuit_scores');
    const ids = [AVERAGE, ...rows.map(({ sample_id }) => String(sample_id))].sort();
    assert.ok(ids.length > 10);
    assert.deepEqual(graphs.map(({ id }) => id).sort(), ids);
  });

  await t.test('what they say of nodes and edges is what the tables say', async () => {
    for (const graph of graphs)
      if (graph.id === AVERAGE) await checkAverage(database, graph);
      else await checkList(database, graph);
  });

  await t.test('paths lead from a token or an error to the decision along edges', () => {
    for (const graph of graphs)
      for (const { nodes, share, isFor } of [...graph.paths, ...graph.featurePaths]) {
        assert.equal(nodes.at(-1), 0);
        assert.ok(['embedding', 'error'].includes(graph.nodes[nodes[0]!]!.kind));
        const along = nodes.slice(1).map((target, i) => edgeOf(graph, nodes[i]!, target));
        const product = along.reduce((all, edge) => all * shareOf(graph, edge), 1);
        assert.ok(isNear(share, product, 0.03), `${graph.id}: ${share} ${product}`);
        assert.equal(isFor, along.filter(({ weight }) => weight < 0).length % 2 === 0);
      }
  });

  await t.test('a graph is at most 40 kB and the code at most 12 kB, compressed', () => {
    for (const file of files)
      assert.ok(size(file) <= MOST_OF_GRAPH, `${basename(file)}: ${size(file)} bytes`);
    for (const file of globSync(join(dir, 'data/miniature/*.graph-contexts.json')))
      assert.ok(size(file) <= MOST_OF_GRAPH, `${basename(file)}: ${size(file)} bytes`);
    const html = readFileSync(join(dir, 'graph/index.html'), 'utf8');
    const scripts = [...html.matchAll(/<script[^>]* src="[^"]*\/(_astro\/[^"]+)"/g)];
    assert.ok(scripts.length > 0);
    const code = scripts.reduce((sum, [, path]) => sum + size(join(dir, path!)), 0);
    assert.ok(code <= MOST_OF_CODE, `${code} bytes`);
  });

  await t.test('contexts are of the features that graphs have', async () => {
    const [feature] = graphs[0]!.nodes.flatMap(({ feature }) => feature ?? []);
    const sae = feature!.slice(0, feature!.lastIndexOf('_'));
    const file = join(dir, `data/miniature/${sae}.graph-contexts.json`);
    const contexts = JSON.parse(readFileSync(file, 'utf8'))[feature!];
    const [row] = await database.nested<{ activations: number[]; token: string }>(`
      SELECT activations, token FROM feature_contexts JOIN tokens USING (sample_id)
      WHERE feature_id = '${feature}' AND rank = 1 AND pos = peak_pos`);
    const [tokens, activations] = contexts[0];
    const peak = activations.indexOf(Math.max(...activations));
    assert.equal(tokens[peak], row!.token);
    assert.equal(activations.length, row!.activations.length);
    assert.ok(isNear(activations[peak], Math.max(...row!.activations)));
  });
});

async function checkList(database: Database, graph: Graph): Promise<void> {
  const { id, nodes, columns } = graph;
  const of = `sample_id = '${id}'`;
  const rows = await database.all(`SELECT * FROM graph_nodes WHERE ${of} AND in_graph`);
  const random = await database.all(`SELECT * FROM graph_nodes WHERE ${of} AND NOT in_graph`);
  checkNodes(graph, rows, 'predicted', 1);
  const rowOf = new Map(rows.map((row) => [row.node_id, row]));
  for (const { id, column, kind, test } of nodes) {
    const row = rowOf.get(id)!;
    assert.equal(column, row.pos);
    assert.equal(columns[column], row.token);
    assert.equal(kind, row.kind);
    same(test?.measured ?? null, row.measured!);
    same(test?.held ?? null, row.measured_attention_held!);
    const beside = random.filter(({ layer, pos }) => layer === row.layer && pos === row.pos);
    const mean = beside.reduce((sum, { measured }) => sum + Number(measured), 0) / beside.length;
    if (test !== null) same(test.random, beside.length === 0 ? null : mean);
  }
  checkEdges(graph, await database.all(`SELECT * FROM graph_edges WHERE ${of}`), 'weight');
}

async function checkAverage(database: Database, graph: Graph): Promise<void> {
  const rows = await database.all('FROM graph_average_nodes');
  checkNodes(graph, rows, 'effect', -1);
  const rowOf = new Map(rows.map((row) => [row.node_id, row]));
  for (const { id, column } of graph.nodes)
    assert.equal(graph.columns[column], rowOf.get(id)!.place);
  assert.ok(graph.nodes.every(({ test }) => test === null));
  checkEdges(graph, await database.all('FROM graph_average_edges'), 'share');
}

/** Nodes are left out only where those that are there have nearly all of the influence. */
function checkNodes(graph: Graph, rows: readonly Row[], column: string, sign: 1 | -1): void {
  const rowOf = new Map(rows.map((row) => [row.node_id, row]));
  assert.equal(graph.nNodes, rows.length - 1);
  for (const { id, layer, feature, influence, predicted, activation } of graph.nodes) {
    const row = rowOf.get(id);
    assert.ok(row, `${graph.id}: ${id} is in no table`);
    assert.equal(layer, row.layer);
    assert.equal(feature, row.feature_id);
    same(influence, row.influence!);
    same(predicted, sign * Number(row[column]));
    if ('activation' in row) same(activation, row.activation!);
  }
  const sum = (all: readonly { influence?: unknown }[]) =>
    all.reduce((sum, { influence }) => sum + Number(influence), 0) - 1; // of the target
  assert.ok(isNear(graph.total, sum(rows)));
  assert.ok(sum(graph.nodes) >= 0.979 * sum(rows));
}

function checkEdges(graph: Graph, rows: readonly Row[], weight: string): void {
  const rowOf = new Map(rows.map((row) => [`${row.source} → ${row.target}`, row]));
  assert.equal(graph.nEdges, rows.length);
  const between = new Set(graph.nodes.map(({ id }) => id));
  const expected = rows.filter(
    ({ source, target }) => between.has(String(source)) && between.has(String(target)),
  );
  assert.equal(graph.edges.length, expected.length);
  for (const edge of graph.edges) {
    const [source, target] = [graph.nodes[edge.source]!.id, graph.nodes[edge.target]!.id];
    const row = rowOf.get(`${source} → ${target}`);
    assert.ok(row, `${graph.id}: ${source} → ${target} is in no table`);
    same(edge.weight, row[weight]!);
    same(edge.influence, row.influence!);
    same(edge.measured, row.measured ?? null);
  }
}

const edgeOf = ({ edges }: Graph, from: number, to: number) =>
  edges.find(({ source, target }) => source === from && target === to)!;

/** To the digits that files have. */
const same = (value: number | null, cell: Row[string]): void =>
  assert.ok(
    value === null || cell === null ? value === cell : isNear(value, Number(cell)),
    `${value} for ${cell}`,
  );

const isNear = (a: number, b: number, share = 0.006): boolean =>
  Math.abs(a - b) <= share * Math.abs(b);
