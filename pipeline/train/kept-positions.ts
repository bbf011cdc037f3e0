import type { Written } from './corpus.ts';

/** How often the activations of equal tokens after equal tokens are kept: they are equal, and teach nothing new. */
const MOST_COPIES = 32;

/**
 * The positions of each sequence whose activations train SAEs: all but the uncounted leading ones, and of a beginning
 * that many sequences share, such as a system turn, the first `MOST_COPIES` copies.
 */
export function keptPositions(
  sequences: readonly Written[],
  uncounted: number,
): { readonly kept: readonly number[][]; readonly distinct: number } {
  const copies = new Map<string, number>();
  const kept = sequences.map(({ ids, promptLength }) =>
    ids.flatMap((_, pos) => {
      if (pos < uncounted) return [];
      if (pos >= promptLength + LIKELY_DISTINCT) return [pos];
      const beginning = ids.slice(0, pos + 1).join();
      const n = (copies.get(beginning) ?? 0) + 1;
      copies.set(beginning, n);
      return n <= MOST_COPIES ? [pos] : [];
    }),
  );
  const late =
    kept.flat().length - [...copies.values()].reduce((sum, n) => sum + Math.min(n, MOST_COPIES), 0);
  return { kept, distinct: copies.size + late };
}

/** Tokens of an answer after which two sampled answers are taken to differ. */
const LIKELY_DISTINCT = 16;
