import { mean } from 'd3-array';

/**
 * Spearman's rank correlation: Pearson's correlation of the ranks, where equal values share their average rank.
 * Source: Spearman (1904); ties as in Kendall & Gibbons (1990), section 3.8, and scipy's `spearmanr`.
 *
 * @returns between −1 and 1; null where one side is constant, or there are fewer than two pairs
 * @throws where the lengths differ
 */
export function rankCorrelation(xs: readonly number[], ys: readonly number[]): number | null {
  if (xs.length !== ys.length)
    throw new Error(`${xs.length} values to correlate with ${ys.length}: give pairs`);
  return correlation(ranks(xs), ranks(ys));
}

/** Ranks in ascending order, from 1; equal values share their average rank. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranked = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranked[order[i]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranked;
}

function correlation(xs: readonly number[], ys: readonly number[]): number | null {
  const [mx = 0, my = 0] = [mean(xs), mean(ys)];
  let [xx, yy, xy] = [0, 0, 0];
  xs.forEach((x, i) => {
    const [dx, dy] = [x - mx, ys[i]! - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}
