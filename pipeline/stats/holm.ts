/**
 * Holm's adjusted p-values of a family of tests: where those not above a level are rejected, the probability of any false
 * rejection is at most that level, however the tests depend on each other. With the p-values in ascending order, the i-th
 * of m is multiplied by m − i + 1, made no smaller than the one before, and no larger than 1.
 *
 * Source: Holm (1979), Scand. J. Stat. 6, 65–70; adjusted p-values as in Wright (1992), Biometrics 48, 1005–1013.
 *
 * @param ps null where there is no test; these are not counted
 * @returns in the order of the p-values; null where there is no test
 */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  const tests = ps.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p);
  const adjusted = new Array<number | null>(ps.length).fill(null);
  let least = 0;
  for (const [rank, { p, i }] of tests.entries()) {
    least = Math.min(1, Math.max(least, (tests.length - rank) * p));
    adjusted[i] = least;
  }
  return adjusted;
}

/**
 * Adjusted p-values of several families of tests.
 * @param familyOf what a row's test is adjusted with; null for a row that is in no family
 * @returns of the rows that are in a family
 */
export function holmByFamily<R extends { readonly p: number | null }>(
  rows: readonly R[],
  familyOf: (row: R) => string | null,
): Map<R, number | null> {
  const inFamily = rows.filter((row) => familyOf(row) !== null);
  return new Map(
    [...Map.groupBy(inFamily, familyOf).values()].flatMap((family) => {
      const adjusted = holm(family.map(({ p }) => p));
      return family.map((row, i) => [row, adjusted[i]!] as const);
    }),
  );
}

/** Draws of a bootstrap whose smallest p-value, 2 / (draws + 1), Holm's factor leaves at half of the level or below. */
export const resamplesForHolm = (
  tests: number,
  { resamples, confidence }: { readonly resamples: number; readonly confidence: number },
): number => Math.max(resamples, Math.ceil((4 * tests) / (1 - confidence)));
