import { agnes, type Cluster } from 'ml-hclust';

/** One merge of two clusters. Clusters 0 … n − 1 are the points; merge i creates cluster n + i. */
export interface Merge {
  /** The smaller of the two clusters' numbers. `right` is the larger. */
  readonly left: number;
  readonly right: number;
  /** Distance at which they merge. */
  readonly height: number;
  /** Points in the new cluster. */
  readonly size: number;
}

export interface Linkage {
  /** n − 1 merges, in ascending order of height. */
  readonly merges: readonly Merge[];
  /** The points in the order in which a dendrogram has no crossings: left before right. */
  readonly leaves: readonly number[];
}

export type LinkageMethod = 'average' | 'ward';

/** ml-hclust's name for Ward's method on distances, with distances as heights, is ward2. */
const METHODS: Readonly<Record<LinkageMethod, 'average' | 'ward2'>> = {
  average: 'average',
  ward: 'ward2',
};

/**
 * Agglomerative clustering by euclidean distance. Clusters are numbered and ordered as by scipy's `linkage` and
 * `dendrogram`. Source: Müllner (2011), arXiv 1109.2378, section 2.
 * @param points of equal length
 * @throws where there are no points
 */
export function linkage(points: readonly ArrayLike<number>[], method: LinkageMethod): Linkage {
  if (points.length === 0) throw new Error('no points to cluster: give at least one');
  if (points.length === 1) return { merges: [], leaves: [0] };
  const tree = agnes(
    points.map((point) => Array.from(point)),
    { method: METHODS[method] },
  );
  const nodes = mergesOf(tree);
  const ids = new Map(nodes.map(({ cluster }, i) => [cluster, points.length + i]));
  const idOf = (cluster: Cluster) => (cluster.isLeaf ? cluster.index : ids.get(cluster)!);
  const merges = nodes.map(({ cluster, height }): Merge => {
    const [left, right] = cluster.children.map(idOf).sort((a, b) => a - b) as [number, number];
    return { left, right, height, size: cluster.size };
  });
  return { merges, leaves: leavesOf(merges, points.length) };
}

/** A merge in the library's tree. */
interface Node {
  readonly cluster: Cluster;
  readonly height: number;
}

/**
 * Inner nodes in ascending order of height; children before parents of equal height. By rounding, a parent can be
 * slightly lower than its child (heights are means of distances); it then gets the child's height.
 */
function mergesOf(tree: Cluster): Node[] {
  const nodes: Node[] = [];
  const visit = (cluster: Cluster): number => {
    if (cluster.isLeaf) return 0;
    const height = Math.max(cluster.height, ...cluster.children.map(visit));
    nodes.push({ cluster, height });
    return height;
  };
  visit(tree);
  return nodes.sort((a, b) => a.height - b.height);
}

/** The leaves of the tree from left to right. */
function leavesOf(merges: readonly Merge[], n: number): number[] {
  const leaves: number[] = [];
  const stack = [n + merges.length - 1];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const merge = merges[id - n];
    if (merge === undefined) leaves.push(id);
    else stack.push(merge.right, merge.left);
  }
  return leaves;
}
