import type { Row } from '../../queries/query.ts';
import { quote } from '../../queries/sql.ts';
import { hasGraphs } from '../../study/has-graphs.ts';
import { allStudies, type Study } from '../../study/studies.ts';
import { AVERAGE, type Graph, type GraphEdge, type GraphNode } from './graph.ts';
import { featureLabels } from './labels.ts';
import { strongestPaths } from './paths.ts';
import { countWith, MOST } from './shown.ts';

/** Nodes and edges that a file has: so that it stays small, the weakest of a large graph are left out. */
const MOST_NODES = 400;
const MOST_EDGES = 3000;
const PATHS = 10;

export interface GraphChoice {
  readonly id: string;
  readonly words: string;
}

/** The studies that have attribution graphs. */
export const studiesWithGraphs = async (): Promise<Study[]> =>
  (await allStudies()).filter(hasGraphs);

/** The lists that have a graph, by topic, and the average over them. */
export async function graphChoices({ database }: Study): Promise<GraphChoice[]> {
  const lists = await database.all(`
    SELECT sample_id, topic, template, replicate, count(*) OVER (PARTITION BY topic) AS of_topic
    FROM circuit_scores JOIN completions USING (sample_id) ORDER BY topic, template, replicate`);
  const averaged = await database.all('SELECT 1 FROM graph_average_nodes LIMIT 1');
  return [
    ...lists.map(({ sample_id, topic, template, replicate, of_topic }) => ({
      id: String(sample_id),
      words:
        Number(of_topic) === 1 ? String(topic) : `${topic}, ${template}, ${Number(replicate) + 1}`,
    })),
    ...(averaged.length === 0
      ? []
      : [{ id: AVERAGE, words: `average over ${lists.length} lists` }]),
  ];
}

/** A graph, read once for its page and its file. */
export function readGraph(study: Study, choice: GraphChoice): Promise<Graph> {
  const ofStudy = read.get(study) ?? new Map<string, Promise<Graph>>();
  read.set(study, ofStudy);
  const graph =
    ofStudy.get(choice.id) ??
    (choice.id === AVERAGE ? averageGraph(study, choice) : listGraph(study, choice));
  ofStudy.set(choice.id, graph);
  return graph;
}

const read = new WeakMap<Study, Map<string, Promise<Graph>>>();

async function listGraph(study: Study, choice: GraphChoice): Promise<Graph> {
  const { database } = study;
  const of = `sample_id = ${quote(choice.id)}`;
  const tokens = await database.all(`SELECT token FROM tokens WHERE ${of} ORDER BY pos`);
  const nodes = await database.all(`
    SELECT n.*, pos AS column_index, random FROM graph_nodes n LEFT JOIN (
      SELECT layer, pos, avg(measured) AS random FROM graph_nodes WHERE ${of} AND NOT in_graph GROUP BY ALL) USING (layer, pos)
    WHERE ${of} AND in_graph ORDER BY kind <> 'target', influence DESC, node_id`);
  const edges = await database.all(`
    SELECT * FROM graph_edges WHERE ${of} ORDER BY influence DESC, source, target`);
  const [scores] = await database.all(`
    SELECT 1 - replacement AS errors, p_end, p_again FROM circuit_scores WHERE ${of}`);
  const last = Math.max(...nodes.map(({ column_index }) => Number(column_index)));
  return whole(study, {
    ...choice,
    ...graphOf(nodes, edges),
    columns: tokens.slice(0, last + 1).map(({ token }) => String(token)),
    errors: Number(scores!.errors),
    pEnd: Number(scores!.p_end),
    pAgain: Number(scores!.p_again),
  });
}

async function averageGraph(study: Study, choice: GraphChoice): Promise<Graph> {
  const { database } = study;
  const places = await database.all(`
    SELECT place, row_number() OVER (ORDER BY from_end, place) - 1 AS column_index FROM (
      SELECT place, avg(pos - last) AS from_end FROM graph_nodes
      JOIN (SELECT sample_id, max(pos) AS last FROM graph_nodes GROUP BY ALL) USING (sample_id)
      WHERE place IN (SELECT place FROM graph_average_nodes) GROUP BY ALL)
    ORDER BY column_index`);
  const at = new Map(places.map((row) => [row.place, row.column_index!]));
  const nodes = await database.all(`
    SELECT *, -effect AS predicted FROM graph_average_nodes ORDER BY kind <> 'target', influence DESC, node_id`);
  const edges = await database.all(`
    SELECT *, share AS weight FROM graph_average_edges ORDER BY influence DESC, source, target`);
  const [scores] = await database.all('SELECT 1 - avg(replacement) AS errors FROM circuit_scores');
  return whole(study, {
    ...choice,
    ...graphOf(
      nodes.map((node) => ({ ...node, column_index: at.get(node.place!)! })),
      edges,
    ),
    columns: places.map(({ place }) => String(place)),
    errors: Number(scores!.errors),
    pEnd: null,
    pAgain: null,
  });
}

/** Nodes that a reader may ask for, and what leads from one to another. @param rows nodes, the target first */
function graphOf(rows: readonly Row[], edgeRows: readonly Row[]) {
  const all = rows.map(nodeOf);
  const total = all.slice(1).reduce((sum, { influence }) => sum + influence, 0);
  const most = Math.min(MOST_NODES, countWith({ nodes: all, total }, MOST));
  const nodes = all.slice(0, 1 + most);
  const indexOf = new Map(nodes.map(({ id }, i) => [id, i]));
  const edges = edgeRows.flatMap((row): GraphEdge[] => {
    const [source, target] = [row.source, row.target].map((id) => indexOf.get(String(id)));
    if (source === undefined || target === undefined) return [];
    const { weight, influence } = row;
    return [
      {
        ...{ source, target },
        ...{ weight: Number(weight), influence: Number(influence) },
        measured: numberOrNull(row.measured),
      },
    ];
  });
  return {
    nodes,
    edges: edges.slice(0, MOST_EDGES),
    total,
    nNodes: all.length - 1,
    nEdges: edgeRows.length,
  };
}

const nodeOf = (row: Row): GraphNode => ({
  id: String(row.node_id),
  kind: row.kind as GraphNode['kind'],
  layer: Number(row.layer),
  column: Number(row.column_index),
  feature: row.feature_id === null ? null : String(row.feature_id),
  activation: numberOrNull(row.activation),
  influence: Number(row.influence),
  predicted: Number(row.predicted),
  test:
    typeof row.measured === 'number'
      ? {
          measured: row.measured,
          held: numberOrNull(row.measured_attention_held),
          random: numberOrNull(row.random),
        }
      : null,
});

const numberOrNull = (cell: Row[string] | undefined): number | null =>
  typeof cell === 'number' ? cell : null;

async function whole(
  study: Study,
  graph: Omit<Graph, 'labels' | 'paths' | 'featurePaths'>,
): Promise<Graph> {
  const all = await featureLabels(study);
  const features = new Set(graph.nodes.flatMap(({ feature }) => feature ?? []));
  const isFeature = (node: number) => graph.nodes[node]!.kind === 'feature';
  return {
    ...graph,
    labels: Object.fromEntries([...all].filter(([id]) => features.has(id))),
    paths: strongestPaths(graph, PATHS),
    featurePaths: strongestPaths(graph, PATHS, (nodes) => nodes.some(isFeature)),
  };
}
