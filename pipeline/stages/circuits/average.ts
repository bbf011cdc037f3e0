import type { GraphAverageEdgeRow, GraphAverageNodeRow } from '../../schema/graph-average.ts';
import type { GraphEdgeRow } from '../../schema/graph-edges.ts';
import type { GraphNodeRow } from '../../schema/graph-nodes.ts';

/** An edge or node is kept if it is in at least this share of the graphs. */
const LEAST_SHARE = 0.2;

export interface AverageGraph {
  readonly nodes: GraphAverageNodeRow[];
  readonly edges: GraphAverageEdgeRow[];
}

/**
 * The graphs of all lists as one, by feature and place. Nodes and edges that are in few graphs are left out.
 * @param nodes in graphs, of all lists
 */
export function averageGraph(
  nodes: readonly GraphNodeRow[],
  edges: readonly GraphEdgeRow[],
): AverageGraph {
  const inGraphs = nodes.filter(({ in_graph }) => in_graph);
  const n = new Set(inGraphs.map(({ sample_id }) => sample_id)).size;
  const least = LEAST_SHARE * n;
  const nameOf = new Map(
    inGraphs.map((node) => [`${node.sample_id} ${node.node_id}`, placeId(node)]),
  );
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
        effect: sum(of, ({ predicted }) => -predicted) / n,
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

const listsOf = (rows: readonly { readonly sample_id: string }[]): number =>
  new Set(rows.map(({ sample_id }) => sample_id)).size;

const sum = <T>(rows: readonly T[], value: (row: T) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);
