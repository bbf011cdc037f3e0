import type { Linkage } from './linkage.ts';

/** A merge as it is drawn: two legs that rise from the clusters below to a bar at the merge's height. */
export interface Bracket {
  /** Places of the legs along the leaves; a leaf stands at its place in the drawn order, from 0. */
  readonly left: number;
  readonly right: number;
  /** Heights at which the legs begin: those of the clusters below, 0 for a leaf. */
  readonly leftHeight: number;
  readonly rightHeight: number;
  readonly height: number;
}

/**
 * Where a tree's merges are drawn, one bracket each, in the order of the merges. A cluster stands midway between
 * the two that it joins, as in scipy's `dendrogram` (there `icoord` is 5 + 10 · place).
 */
export function dendrogram({ merges, leaves }: Linkage): Bracket[] {
  const placeOf = new Map(leaves.map((leaf, place) => [leaf, place]));
  const heightOf = new Map(leaves.map((leaf) => [leaf, 0]));
  return merges.map(({ left, right, height }, i) => {
    const [a, b] = [left, right].sort((x, y) => placeOf.get(x)! - placeOf.get(y)!) as [
      number,
      number,
    ];
    const cluster = leaves.length + i;
    placeOf.set(cluster, (placeOf.get(a)! + placeOf.get(b)!) / 2);
    heightOf.set(cluster, height);
    return {
      left: placeOf.get(a)!,
      right: placeOf.get(b)!,
      leftHeight: heightOf.get(a)!,
      rightHeight: heightOf.get(b)!,
      height,
    };
  });
}
