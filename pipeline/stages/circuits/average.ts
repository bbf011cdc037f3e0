import type { GraphAverageEdgeRow, GraphAverageNodeRow } from '../../schema/graph-average.ts';
import type { GraphEdgeRow } from '../../schema/graph-edges.ts';
import type { GraphNodeRow } from '../../schema/graph-nodes.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';

/** An edge or node is kept if it is in at least this share of the graphs. */
const LEAST_SHARE = 0.2;

export interface Graphs {
  readonly nodes: readonly GraphNodeRow[];
  readonly edges: readonly GraphEdgeRow[];
}

export interface AverageGraph {
  readonly nodes: GraphAverageNodeRow[];
  readonly edges: GraphAverageEdgeRow[];
}

/**
 * The graphs of all lists as one, by feature and place. Nodes and edges that are in few graphs are left out.
 * @param graphs of all lists; random nodes that were tested beside them are left out
 * @param topicOf the topic of a list
 */
export function averageGraph(
  { nodes, edges }: Graphs,
  topicOf: (sampleId: string) => string,
  settings: IntervalSettings,
): AverageGraph {
  const inGraphs = nodes.filter(({ in_graph }) => in_graph);
  const lists = [...new Set(inGraphs.map(({ sample_id }) => sample_id))];
  const n = lists.length;
  const least = LEAST_SHARE * n;
  const nameOf = new Map(
    inGraphs.map((node) => [`${node.sample_id} ${node.node_id}`, placeId(node)]),
  );
  const effectOf = (node_id: string, of: readonly GraphNodeRow[]) => {
    const byList = Map.groupBy(of, ({ sample_id }) => sample_id);
    const { mean, ci_low, ci_high } = clusterMean(
      {
        rows: lists,
        value: (list) => sum(byList.get(list) ?? [], ({ predicted }) => -predicted),
        cluster: topicOf,
      },
      `effect of ${node_id}`,
      settings,
    );
    return { effect: mean, ci_low, ci_high };
  };
  const averaged = [...Map.groupBy(inGraphs, placeId)]
    .filter(([, of]) => listsOf(of) >= least)
    .map(([node_id, of]): GraphAverageNodeRow => {
      const { kind, layer, place, feature_id } = of[0]!;
      return {
        node_id,
        kind,
        layer,
        place,
        feature_id,
        share_lists: listsOf(of) / n,
        influence: sum(of, ({ influence }) => influence) / n,
        ...effectOf(node_id, of),
        ...testsOf(of),
        n,
      };
    })
    .sort((a, b) => b.influence - a.influence);
  const isKept = new Set(averaged.map(({ node_id }) => node_id));
  const placed = edges.map((edge) => ({
    ...edge,
    from: nameOf.get(`${edge.sample_id} ${edge.source}`)!,
    to: nameOf.get(`${edge.sample_id} ${edge.target}`)!,
  }));
  const averagedEdges = [...Map.groupBy(placed, ({ from, to }) => `${from} → ${to}`).values()]
    .filter((of) => listsOf(of) >= least && isKept.has(of[0]!.from) && isKept.has(of[0]!.to))
    .map((of): GraphAverageEdgeRow => {
      const lists = listsOf(of);
      return {
        source: of[0]!.from,
        target: of[0]!.to,
        share_lists: lists / n,
        share: sum(of, ({ share, weight }) => share * Math.sign(weight)) / lists,
        influence: sum(of, ({ influence }) => influence) / n,
        n,
      };
    })
    .sort((a, b) => b.influence - a.influence);
  return { nodes: averaged, edges: averagedEdges };
}

const placeId = ({ node_id, kind, place }: GraphNodeRow): string =>
  kind === 'target' ? node_id : `${node_id.slice(0, node_id.lastIndexOf('@'))}@${place}`;

/** What the graphs predict of the nodes that were tested, and what was measured: means over tests. */
function testsOf(
  nodes: readonly GraphNodeRow[],
): Pick<GraphAverageNodeRow, 'n_tests' | 'test_predicted' | 'test_measured'> {
  const tested = nodes.filter(({ measured }) => measured !== null);
  const mean = (value: (node: GraphNodeRow) => number) =>
    tested.length === 0 ? null : sum(tested, value) / tested.length;
  return {
    n_tests: tested.length,
    test_predicted: mean(({ predicted }) => predicted),
    test_measured: mean(({ measured }) => measured!),
  };
}

const listsOf = (rows: readonly { readonly sample_id: string }[]): number =>
  new Set(rows.map(({ sample_id }) => sample_id)).size;

const sum = <T>(rows: readonly T[], value: (row: T) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);
