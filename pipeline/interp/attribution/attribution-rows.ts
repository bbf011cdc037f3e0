import type { Batch } from '../../runtime/batch.ts';
import { floats, ints } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import type { ActiveFeature } from '../zero-ablation.ts';
import { type Part, RANKED, type Ranking } from './attribution-graph.ts';

export interface AttributedFeature extends ActiveFeature {
  readonly attribution: number;
}

/** Attribution of one sequence's metric to one SAE, at the positions that count. */
export interface AttributionRow {
  /** The largest, most positive first; only features that are active. */
  readonly byValue: readonly AttributedFeature[];
  /** The largest in magnitude. */
  readonly byMagnitude: readonly AttributedFeature[];
  /** The largest by value of each part. */
  readonly byPart: Readonly<Record<Part, readonly AttributedFeature[]>>;
  /** Sum over positions of every feature [d_sae]. */
  readonly featureSums: Float32Array;
  /** Greatest activation of every feature [d_sae]. */
  readonly maxActs: Float32Array;
  /** What each position has a share in, from the first that counts on. */
  readonly byPosition: readonly PositionShares[];
}

/** Parts of an attribution: all features together, what the SAE misses, the decoder's bias. */
export interface Shares {
  readonly features: number;
  readonly error: number;
  readonly bias: number;
}

export interface PositionShares extends Shares {
  readonly pos: number;
}

/** The outputs of one SAE's graph for a batch. */
export interface AttributionOutputs {
  readonly outputs: Fetches;
  readonly batch: Batch;
  readonly dSae: number;
  readonly uncounted: number;
}

/** @param lengths tokens of the sequence's parts */
export function attributionRow(
  from: AttributionOutputs,
  row: number,
  lengths: Readonly<Record<Part, number>>,
): AttributionRow {
  const { outputs, dSae } = from;
  const ofRow = (name: string) => floats(outputs, name).slice(row * dSae, (row + 1) * dSae);
  /** Where a part has fewer active features than are asked for, others come after them. */
  const inPart = (part: Part) => ranked(from, part, row).filter(({ pos }) => pos < lengths[part]);
  return {
    byValue: ranked(from, 'value', row),
    byMagnitude: ranked(from, 'magnitude', row),
    byPart: { prompt: inPart('prompt'), prefix: inPart('prefix') },
    featureSums: ofRow('sums'),
    maxActs: ofRow('max acts'),
    byPosition: sharesOf(from, row),
  };
}

/** One ranking of one sequence, its active features alone. */
function ranked(
  { outputs, batch, dSae }: AttributionOutputs,
  ranking: Ranking,
  row: number,
): AttributedFeature[] {
  const names = RANKED(ranking);
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

function sharesOf(
  { outputs, batch, uncounted }: AttributionOutputs,
  row: number,
): PositionShares[] {
  const cut = (name: string) => batch.unpadded(floats(outputs, name), row, { from: uncounted });
  const [features, error, bias] = [cut('features'), cut('error'), cut('bias')];
  return Array.from(features, (share, i) => ({
    pos: uncounted + i,
    features: share,
    error: error[i]!,
    bias: bias[i]!,
  }));
}
