import { type Graph, type GraphEdge, type GraphPath, shareOf } from './graph.ts';

type Traced = Pick<Graph, 'nodes' | 'edges'>;

/**
 * The strongest paths from a token or an error to the target. They are followed down from the target, the strongest
 * first; as a share is at most 1, none that is found later is stronger.
 * @param passes whether a whole path is wanted, by its nodes; all are where it is not given
 */
export function strongestPaths(
  graph: Traced,
  most: number,
  passes: (nodes: readonly number[]) => boolean = () => true,
): GraphPath[] {
  const into = Map.groupBy(graph.edges, ({ target }) => target);
  const open: GraphPath[] = [{ nodes: [0], share: 1, isFor: true }];
  const found: GraphPath[] = [];
  for (let path = open.pop(); path && found.length < most; path = open.pop()) {
    if (!isWhole(graph, path))
      for (const edge of into.get(path.nodes[0]!) ?? []) insert(open, longer(graph, path, edge));
    else if (passes(path.nodes)) found.push(path);
  }
  return found;
}

/** Whether a path begins at a token or an error. */
const isWhole = ({ nodes }: Traced, path: GraphPath): boolean =>
  ['embedding', 'error'].includes(nodes[path.nodes[0]!]!.kind);

const longer = (graph: Traced, path: GraphPath, edge: GraphEdge): GraphPath => ({
  nodes: [edge.source, ...path.nodes],
  share: path.share * shareOf(graph, edge),
  isFor: path.isFor === edge.weight > 0,
});

/** Keep the strongest last. */
function insert(open: GraphPath[], path: GraphPath): void {
  let [from, to] = [0, open.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (open[middle]!.share < path.share) from = middle + 1;
    else to = middle;
  }
  open.splice(from, 0, path);
}
