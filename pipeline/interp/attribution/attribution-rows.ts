import type { Batch } from '../../runtime/batch.ts';
import { floats, ints } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import type { ActiveFeature } from '../set-features.ts';
import { type Part, type Ranking, rankingOutputs } from './attribution-graph.ts';

export interface AttributedFeature extends ActiveFeature {
  readonly attribution: number;
}

/** Attribution of one sequence's metric to one SAE, at counted positions. Rankings contain active features only. */
export interface AttributionRow {
  /** Largest attributions, in descending order. */
  readonly byValue: readonly AttributedFeature[];
  /** Largest magnitudes, in descending order. */
  readonly byMagnitude: readonly AttributedFeature[];
  /** Largest attributions within each part, in descending order. */
  readonly byPart: Readonly<Record<Part, readonly AttributedFeature[]>>;
  /** [d_sae]: attribution of each feature, summed over positions. */
  readonly featureSums: Float32Array;
  /** [d_sae]: greatest activation of each feature. */
  readonly maxActs: Float32Array;
  /** Terms of the attribution at each counted position. */
  readonly byPosition: readonly PositionShares[];
}

/**
 * Terms of an attribution: the sum over all features, the SAE's error term, the decoder's bias, and the skip connection,
 * null where there is none. They add up to the gradient times the output hook's value.
 */
export interface Shares {
  readonly features: number;
  readonly error: number;
  readonly bias: number;
  readonly skip: number | null;
}

export interface PositionShares extends Shares {
  readonly pos: number;
}

/** Outputs of the attribution graph of one SAE and one batch. */
export interface AttributionOutputs {
  readonly outputs: Fetches;
  readonly batch: Batch;
  readonly dSae: number;
  readonly uncounted: number;
}

/**
 * The attributions of one sequence of a batch.
 * @param lengths number of tokens of each part of the sequence
 */
export function attributionRow(
  batchOutputs: AttributionOutputs,
  row: number,
  lengths: Readonly<Record<Part, number>>,
): AttributionRow {
  const { outputs, dSae } = batchOutputs;
  const perFeature = (name: string) => floats(outputs, name).slice(row * dSae, (row + 1) * dSae);
  /** The ranking of a part with fewer active features than its length ends with features outside the part. */
  const inPart = (part: Part) =>
    rankedFeatures(batchOutputs, part, row).filter(({ pos }) => pos < lengths[part]);
  return {
    byValue: rankedFeatures(batchOutputs, 'value', row),
    byMagnitude: rankedFeatures(batchOutputs, 'magnitude', row),
    byPart: { prompt: inPart('prompt'), prefix: inPart('prefix') },
    featureSums: perFeature('sums'),
    maxActs: perFeature('max acts'),
    byPosition: positionShares(batchOutputs, row),
  };
}

/** The active features of one ranking of one sequence. */
function rankedFeatures(
  { outputs, batch, dSae }: AttributionOutputs,
  ranking: Ranking,
  row: number,
): AttributedFeature[] {
  const names = rankingOutputs(ranking);
  const index = ints(outputs, names.index);
  const [acts, attributions] = [floats(outputs, names.act), floats(outputs, names.attribution)];
  const k = index.length / batch.rows;
  return Array.from({ length: k }, (_, rank) => row * k + rank)
    .filter((i) => acts[i]! > 0)
    .map((i) => ({
      pos: batch.position(row, Math.floor(Number(index[i]) / dSae)),
      feature: Number(index[i]) % dSae,
      featureAct: acts[i]!,
      attribution: attributions[i]!,
    }));
}

function positionShares(
  { outputs, batch, uncounted }: AttributionOutputs,
  row: number,
): PositionShares[] {
  const counted = (name: string) => batch.unpadded(floats(outputs, name), row, { from: uncounted });
  const [features, error, bias] = [counted('features'), counted('error'), counted('bias')];
  const skip = 'skip' in outputs ? counted('skip') : null;
  return Array.from(features, (share, i) => ({
    pos: uncounted + i,
    features: share,
    error: error[i]!,
    bias: bias[i]!,
    skip: skip && skip[i]!,
  }));
}
