import type { Batch } from '../../runtime/batch.ts';
import { floats, ints } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import type { ActiveFeature } from '../set-features.ts';
import { type Part, type Ranking, rankingOutputs } from './attribution-graph.ts';

export interface AttributedFeature extends ActiveFeature {
  /** Its activation where the path starts: 0, or that after the swapped prompt. */
  readonly startAct: number;
  /** What its value adds to the metric over that at the path's start; positive where it raises the metric. */
  readonly attribution: number;
  /** The same to first order: the change of its value times the gradient at the list as it is. */
  readonly gradient: number;
}

/** The metric at the ends of a path. */
export interface PathMetrics {
  /** Null where it was not measured, as by the method `gradient`. */
  readonly start: number | null;
  /** Of the sequence as it is. */
  readonly end: number;
  /** Points of the path at which the gradient was taken. */
  readonly points: number;
}

/**
 * Attribution of one sequence's metric to one SAE, at counted positions. Rankings contain only features whose values
 * change along the path: from 0, those that are active.
 */
export interface AttributionRow {
  /** Largest attributions, in descending order. */
  readonly byValue: readonly AttributedFeature[];
  /** Largest magnitudes, in descending order. */
  readonly byMagnitude: readonly AttributedFeature[];
  /** Largest magnitudes of `gradient`, in descending order. */
  readonly byGradient: readonly AttributedFeature[];
  /** Largest attributions within each part, in descending order. */
  readonly byPart: Readonly<Record<Part, readonly AttributedFeature[]>>;
  /** [d_sae]: attribution of each feature, summed over positions. */
  readonly featureSums: Float32Array;
  /** [d_sae]: `gradient` of each feature, summed over positions. */
  readonly gradientSums: Float32Array;
  /** [d_sae]: greatest activation of each feature. */
  readonly maxActs: Float32Array;
  /** Terms of the attribution at each counted position. */
  readonly byPosition: readonly PositionShares[];
  readonly metrics: PathMetrics;
}

/**
 * What the parts of an activation add to the metric: all features by attribution, and to first order by the gradient;
 * the SAE's error term, the decoder's bias, and the skip connection, null where there is none, to first order. Where
 * features start at 0, `gradient` and the last three add up to the gradient times the output hook's value.
 */
export interface Shares {
  readonly features: number;
  readonly gradient: number;
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
  /** [row] */
  readonly metrics: readonly PathMetrics[];
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
  const { outputs, dSae, metrics } = batchOutputs;
  const perFeature = (name: string) => floats(outputs, name).slice(row * dSae, (row + 1) * dSae);
  const isIntegrated = SUMS_BY_GRADIENT in outputs;
  const ranked = (ranking: Ranking) => rankedFeatures(batchOutputs, ranking, row);
  /** The ranking of a part with fewer such features than its length ends with features outside the part. */
  const inPart = (part: Part) => ranked(part).filter(({ pos }) => pos < lengths[part]);
  const byMagnitude = ranked('magnitude');
  const featureSums = perFeature('sums');
  return {
    byValue: ranked('value'),
    byMagnitude,
    byGradient: isIntegrated ? ranked('gradient') : byMagnitude,
    byPart: { prompt: inPart('prompt'), prefix: inPart('prefix') },
    featureSums,
    gradientSums: isIntegrated ? perFeature(SUMS_BY_GRADIENT) : featureSums,
    maxActs: perFeature('max acts'),
    byPosition: positionShares(batchOutputs, row),
    metrics: metrics[row]!,
  };
}

const SUMS_BY_GRADIENT = 'sums by the gradient';

/** The features of one ranking of one sequence whose values change. */
function rankedFeatures(
  { outputs, batch, dSae }: AttributionOutputs,
  ranking: Ranking,
  row: number,
): AttributedFeature[] {
  const names = rankingOutputs(ranking);
  const index = ints(outputs, names.index);
  const optional = (name: string) => (name in outputs ? floats(outputs, name) : null);
  const [acts, attributions] = [floats(outputs, names.act), floats(outputs, names.attribution)];
  const [startActs, gradients] = [optional(names.startAct), optional(names.gradient)];
  const k = index.length / batch.rows;
  return Array.from({ length: k }, (_, rank) => row * k + rank)
    .map((i) => ({
      pos: batch.position(row, Math.floor(Number(index[i]) / dSae)),
      feature: Number(index[i]) % dSae,
      featureAct: acts[i]!,
      startAct: startActs?.[i] ?? 0,
      attribution: attributions[i]!,
      gradient: (gradients ?? attributions)[i]!,
    }))
    .filter(({ featureAct, startAct }) => featureAct !== startAct);
}

function positionShares(
  { outputs, batch, uncounted }: AttributionOutputs,
  row: number,
): PositionShares[] {
  const counted = (name: string) => batch.unpadded(floats(outputs, name), row, { from: uncounted });
  const [features, error, bias] = [counted('features'), counted('error'), counted('bias')];
  const byGradient = 'features by the gradient';
  const gradient = byGradient in outputs ? counted(byGradient) : features;
  const skip = 'skip' in outputs ? counted('skip') : null;
  return Array.from(features, (share, i) => ({
    pos: uncounted + i,
    features: share,
    gradient: gradient[i]!,
    error: error[i]!,
    bias: bias[i]!,
    skip: skip && skip[i]!,
  }));
}
