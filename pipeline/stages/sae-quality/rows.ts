import type { Quality, SaeQuality } from '../../interp/sae-quality/tally.ts';
import type { SaeSpec } from '../../sae/sae.ts';
import type { PositionKind, SaeQualityRow } from '../../schema/sae-quality.ts';

/** A row for each kind of positions. */
export const qualityRows = (qualities: readonly SaeQuality[]): SaeQualityRow[] =>
  qualities.flatMap(({ sae, kinds, nDead }) =>
    kinds.map((quality) => qualityRow(sae, quality, nDead)),
  );

const qualityRow = (sae: SaeSpec, quality: Quality, nDead: number): SaeQualityRow => ({
  sae_id: sae.id,
  hook: sae.outputHook,
  layer: sae.layer,
  position_kind: quality.kind as PositionKind,
  l0: quality.l0,
  fvu: finiteOrNull(quality.fvu),
  fvu_without_outliers: finiteOrNull(quality.fvuWithoutOutliers),
  relative_error: quality.relativeError,
  n_outliers: quality.nOutliers,
  cross_entropy: finiteOrNull(quality.crossEntropy),
  cross_entropy_rise: finiteOrNull(quality.rise),
  rise_of_zero: finiteOrNull(quality.riseOfZero),
  rise_of_mean: finiteOrNull(quality.riseOfMean),
  loss_recovered: finiteOrNull(quality.lossRecovered),
  loss_recovered_over_mean: finiteOrNull(quality.lossRecoveredOverMean),
  n: quality.n,
  n_dead: quality.kind === 'all' ? nDead : null,
  n_features: sae.dSae,
});

const finiteOrNull = (x: number): number | null => (Number.isFinite(x) ? x : null);
