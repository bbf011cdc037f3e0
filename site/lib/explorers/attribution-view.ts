/** What one SAE accounts for in one list, for the view by token. Runs in the build and in the browser. */
export interface AttributedList {
  /** Tokens from the one after BOS up to the metric's. */
  readonly tokens: readonly string[];
  /** At each of them: all features together, what the SAE misses, the decoder's bias; in logits. */
  readonly features: readonly number[];
  readonly error: readonly number[];
  readonly bias: readonly number[];
  /** The largest features at any position: [token, feature, activation, attribution]. */
  readonly top: readonly (readonly [number, number, number, number])[];
}

/** One SAE's lists, of one metric. */
export type AttributedLists = Readonly<Record<string, AttributedList>>;

/** Steps of colour on each side of 0. */
export const SIDES = 4;

/** −SIDES … SIDES: steps of equal root, the last where the largest of the list is. */
export function signedStep(value: number, largest: number): number {
  if (largest === 0) return 0;
  return Math.sign(value) * Math.round(SIDES * Math.sqrt(Math.abs(value) / largest));
}

export const largestOf = ({ features }: AttributedList): number =>
  features.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The features of one token, the largest in magnitude first. */
export const featuresAt = ({ top }: AttributedList, token: number) =>
  top
    .filter(([at]) => at === token)
    .map(([, feature, act, attribution]) => ({ feature, act, attribution }))
    .sort((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution));

/** The features of a whole list: sums of those that are listed. */
export function featuresOfAll({ top }: AttributedList) {
  const sums = new Map<number, { feature: number; act: number; attribution: number }>();
  for (const [, feature, act, attribution] of top) {
    const sum = sums.get(feature) ?? { feature, act: 0, attribution: 0 };
    sums.set(feature, {
      feature,
      act: Math.max(sum.act, act),
      attribution: sum.attribution + attribution,
    });
  }
  return [...sums.values()].sort((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution));
}
