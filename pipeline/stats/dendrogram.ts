import type { Linkage } from './linkage.ts';

/** The drawing of one merge: two legs that rise from the merged clusters to a horizontal bar. */
export interface Bracket {
  /** Horizontal coordinates of the legs; the leaves are at 0, 1, 2, … in the drawn order. */
  readonly left: number;
  readonly right: number;
  /** Vertical coordinates of the lower ends of the legs: heights of the merged clusters, 0 for a leaf. */
  readonly leftHeight: number;
  readonly rightHeight: number;
  /** Vertical coordinate of the bar. */
  readonly height: number;
}

/**
 * The drawing of a tree: one bracket for each merge, in the order of the merges. A cluster is drawn midway between the
 * two clusters that it merges, as in scipy's `dendrogram` (where `icoord` is 5 + 10 · coordinate).
 */
export function dendrogram({ merges, leaves }: Linkage): Bracket[] {
  const tops = new Map(leaves.map((leaf, x): [number, Top] => [leaf, { x, height: 0 }]));
  const topOf = (cluster: number): Top => {
    const top = tops.get(cluster);
    if (!top) throw new Error(`cluster ${cluster} is merged before it exists: order the merges`);
    return top;
  };
  return merges.map((merge, i) => {
    const [left, right] = [topOf(merge.left), topOf(merge.right)];
    const [first, second] = left.x <= right.x ? [left, right] : [right, left];
    tops.set(leaves.length + i, { x: (first.x + second.x) / 2, height: merge.height });
    return {
      left: first.x,
      right: second.x,
      leftHeight: first.height,
      rightHeight: second.height,
      height: merge.height,
    };
  });
}

/** The point at the top of a cluster's drawing. */
interface Top {
  readonly x: number;
  readonly height: number;
}
