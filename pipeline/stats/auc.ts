/**
 * The area under the receiver operating characteristic: the probability that a positive has a higher score than a negative, ties
 * counted by half. 0.5 is chance.
 *
 * Source: Hanley & McNeil (1982), Radiology 143, 29–36; it is the Mann–Whitney statistic over the number of pairs.
 *
 * @returns null where there is no positive or no negative
 */
export function auc(positives: readonly number[], negatives: readonly number[]): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  const above = Float64Array.from(positives).sort();
  const below = Float64Array.from(negatives).sort();
  let [lower, equalEnd, pairs] = [0, 0, 0];
  for (const score of above) {
    while (lower < below.length && below[lower]! < score) lower += 1;
    equalEnd = Math.max(equalEnd, lower);
    while (equalEnd < below.length && below[equalEnd]! <= score) equalEnd += 1;
    pairs += (lower + equalEnd) / 2;
  }
  return pairs / (above.length * below.length);
}
