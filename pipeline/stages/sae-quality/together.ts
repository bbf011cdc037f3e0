import type { Losses, Replacement } from '../../interp/circuit/replaced-mlps.ts';
import { ALL, LEAST_RISE, type QualityReading } from '../../interp/sae-quality/tally.ts';
import type { PositionKind, TranscodersTogetherRow } from '../../schema/sae-quality.ts';

/** The losses at positions of one kind, by what stands in the place of the MLPs. */
type Means = Readonly<Record<Replacement, number>> & { readonly n: number };

/** A row for each kind of the positions that are counted and have a next token. */
export function togetherRows(
  readings: readonly QualityReading[],
  losses: readonly Losses[],
  { uncounted, n }: { readonly uncounted: number; readonly n: number },
): TranscodersTogetherRow[] {
  const kinds = new Set([ALL, ...readings.flatMap(({ kinds: of }) => of.flat())]);
  return [...kinds].flatMap((kind) => {
    const means = meansAt(readings, losses, { uncounted, kind });
    return means.n === 0 ? [] : [togetherRow(kind, means, n)];
  });
}

function meansAt(
  readings: readonly QualityReading[],
  losses: readonly Losses[],
  { uncounted, kind }: { readonly uncounted: number; readonly kind: string },
): Means {
  const sums = { clean: 0, reconstruction: 0, zero: 0, mean: 0, n: 0 };
  readings.forEach(({ kinds }, i) => {
    const of = losses[i]!;
    for (let pos = uncounted; pos < of.clean.length; pos++) {
      if (kind !== ALL && !kinds[pos]?.includes(kind)) continue;
      sums.n += 1;
      for (const which of ['clean', 'reconstruction', 'zero', 'mean'] as const)
        sums[which] += of[which][pos]!;
    }
  });
  const mean = (which: Replacement) => sums[which] / sums.n;
  return {
    clean: mean('clean'),
    reconstruction: mean('reconstruction'),
    zero: mean('zero'),
    mean: mean('mean'),
    n: sums.n,
  };
}

function togetherRow(kind: string, means: Means, n: number): TranscodersTogetherRow {
  const rise = (which: Replacement) => means[which] - means.clean;
  const recovered = (of: number) => (of < LEAST_RISE ? null : 1 - rise('reconstruction') / of);
  return {
    position_kind: kind as PositionKind,
    cross_entropy: means.clean,
    cross_entropy_rise: rise('reconstruction'),
    rise_of_zero: rise('zero'),
    rise_of_mean: rise('mean'),
    loss_recovered: recovered(rise('zero')),
    loss_recovered_over_mean: recovered(rise('mean')),
    n_transcoders: n,
    n: means.n,
  };
}
