import type { Batch } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import type { SaeSpec } from '../../sae/sae.ts';
import type { Sequence, SequenceBatch } from '../reader.ts';

/** A sequence with the kinds of each position, for which quality is reported separately. */
export interface QualityReading extends Sequence {
  /** [pos] */
  readonly kinds: readonly (readonly string[])[];
}

/** How well one SAE reconstructs activations at the counted positions of one kind. */
export interface Quality {
  readonly kind: string;
  /** Number of positions. */
  readonly n: number;
  /** Mean number of active features. */
  readonly l0: number;
  /** Fraction of variance unexplained: `Σ‖y − ŷ‖² / Σ‖y − ȳ‖²` over these positions. */
  readonly fvu: number;
  /** The same over the positions whose norm is no outlier, and the number of those whose norm is. */
  readonly fvuWithoutOutliers: number;
  readonly nOutliers: number;
  /** Squared norm of the error over that of the activation: `Σ‖y − ŷ‖² / Σ‖y‖²`. */
  readonly relativeError: number;
  /** Mean cross-entropy of the tokens after these positions, in nats. */
  readonly crossEntropy: number;
  /** By how much it rises with the activation replaced by its reconstruction at every counted position. */
  readonly rise: number;
  /** By how much it rises with the activation replaced by zero, and by its mean. */
  readonly riseOfZero: number;
  readonly riseOfMean: number;
  /**
   * `1 − rise / riseOfZero`; NaN where that is below `LEAST_RISE`, so that there is next to nothing to recover.
   */
  readonly lossRecovered: number;
  /** `1 − rise / riseOfMean`, likewise. */
  readonly lossRecoveredOverMean: number;
}

/**
 * Nats a token. A share of a smaller rise says nothing: an error of a hundredth of a nat, as little as another sample of
 * lists makes, would move it by more than a tenth.
 */
export const LEAST_RISE = 0.1;

export interface SaeQuality {
  readonly sae: SaeSpec;
  readonly kinds: readonly Quality[];
  /** Number of features that are active at no position. */
  readonly nDead: number;
}

/** The kind of every counted position. */
export const ALL = 'all';
/** The kind of the leading positions that are not counted, and where nothing is replaced. */
export const FIRST = 'first';

/** Outputs for one batch: of the patched graph clean, spliced, zeroed and averaged, and of the SAE (coder-graph.ts). */
export interface QualityRuns {
  readonly clean: Fetches;
  readonly coded: Fetches;
  readonly spliced: Fetches;
  readonly zeroed: Fetches;
  readonly averaged: Fetches;
}

/** Sums of the reconstruction's error and of the power. */
interface Power {
  n: number;
  /** ‖y − ŷ‖² */
  error: number;
  /** ‖y‖² */
  squares: number;
  /** [d_out]: y */
  readonly total: Float64Array;
}

/** Sums over positions of one kind. */
interface Sums {
  l0: number;
  readonly all: Power;
  readonly withoutOutliers: Power;
  /** Positions that have a next token, and the sums of their cross-entropy. */
  nNext: number;
  clean: number;
  spliced: number;
  zeroed: number;
  averaged: number;
}

/** The measurements at one position. */
interface Observation {
  readonly l0: number;
  /** ‖y − ŷ‖² */
  readonly error: number;
  /** [d_out]: the value of the output hook. */
  readonly y: Float32Array;
  readonly isOutlier: boolean;
  /** Whether there is a next token; its cross-entropy, else 0. */
  readonly hasNext: boolean;
  readonly clean: number;
  readonly spliced: number;
  readonly zeroed: number;
  readonly averaged: number;
}

/** Accumulates the measurements of one SAE over batches. */
export class Tally {
  readonly #sae: SaeSpec;
  readonly #firstCounted: number;
  readonly #outlierBound: number;
  readonly #sumsByKind = new Map<string, Sums>();
  /** [d_sae]: number of positions at which each feature is active. */
  readonly #fired: Float64Array;

  /** @param outlierBound norm above which a value of the output hook is an outlier */
  constructor(sae: SaeSpec, uncounted: number, outlierBound: number) {
    this.#sae = sae;
    this.#firstCounted = uncounted;
    this.#outlierBound = outlierBound;
    this.#fired = new Float64Array(sae.dSae);
  }

  count({ sequences, batch }: SequenceBatch<QualityReading>, runs: QualityRuns): void {
    floats(runs.coded, 'fired').forEach((n, feature) => {
      this.#fired[feature]! += n;
    });
    const observe = observer(this.#sae, batch, runs, this.#outlierBound);
    sequences.forEach(({ ids, kinds }, row) => {
      for (let pos = 0; pos < ids.length; pos++) {
        const observation = observe(row, pos);
        const kindsHere = pos < this.#firstCounted ? [FIRST] : [ALL, ...kinds[pos]!];
        for (const kind of kindsHere) add(this.#sumsOf(kind), observation);
      }
    });
  }

  #sumsOf(kind: string): Sums {
    const sums = this.#sumsByKind.get(kind) ?? emptySums(this.#sae.dOut);
    this.#sumsByKind.set(kind, sums);
    return sums;
  }

  quality(): SaeQuality {
    return {
      sae: this.#sae,
      nDead: this.#fired.filter((n) => n === 0).length,
      kinds: [...this.#sumsByKind].map(([kind, sums]) => qualityOf(kind, sums)),
    };
  }
}

/** A function that returns the measurements at a position of a batch. */
function observer(
  { outputHook, dOut }: SaeSpec,
  batch: Batch,
  runs: QualityRuns,
  outlierBound: number,
) {
  const activations = floats(runs.clean, outputHook);
  const [l0, error] = [floats(runs.coded, 'l0'), floats(runs.coded, 'error')];
  const realised = (run: Fetches) => floats(run, 'realised');
  return (row: number, pos: number): Observation => {
    const i = batch.index(row, pos);
    const hasNext = pos + 1 < batch.nTokens(row);
    const loss = (logProbs: Float32Array) => (hasNext ? -logProbs[i]! : 0);
    const y = activations.subarray(i * dOut, (i + 1) * dOut);
    return {
      l0: l0[i]!,
      error: error[i]!,
      y,
      isOutlier: Math.sqrt(squareOf(y)) > outlierBound,
      hasNext,
      clean: loss(realised(runs.clean)),
      spliced: loss(realised(runs.spliced)),
      zeroed: loss(realised(runs.zeroed)),
      averaged: loss(realised(runs.averaged)),
    };
  };
}

function add(sums: Sums, observation: Observation): void {
  const { l0, isOutlier, hasNext, clean, spliced, zeroed, averaged } = observation;
  sums.l0 += l0;
  addPower(sums.all, observation);
  if (!isOutlier) addPower(sums.withoutOutliers, observation);
  sums.nNext += Number(hasNext);
  sums.clean += clean;
  sums.spliced += spliced;
  sums.zeroed += zeroed;
  sums.averaged += averaged;
}

function addPower(power: Power, { error, y }: Observation): void {
  power.n += 1;
  power.error += error;
  power.squares += squareOf(y);
  y.forEach((value, i) => {
    power.total[i]! += value;
  });
}

const squareOf = (y: Float32Array): number => y.reduce((sum, value) => sum + value * value, 0);

const noPower = (width: number): Power => ({
  n: 0,
  error: 0,
  squares: 0,
  total: new Float64Array(width),
});

const emptySums = (width: number): Sums => ({
  l0: 0,
  all: noPower(width),
  withoutOutliers: noPower(width),
  nNext: 0,
  clean: 0,
  spliced: 0,
  zeroed: 0,
  averaged: 0,
});

function qualityOf(kind: string, sums: Sums): Quality {
  const { l0, all, withoutOutliers, nNext, clean, spliced, zeroed, averaged } = sums;
  const isReplaced = kind !== FIRST;
  const rise = (loss: number) => (isReplaced ? (loss - clean) / nNext : Number.NaN);
  return {
    kind,
    n: all.n,
    l0: l0 / all.n,
    fvu: fvuOf(all),
    fvuWithoutOutliers: fvuOf(withoutOutliers),
    nOutliers: all.n - withoutOutliers.n,
    relativeError: all.error / all.squares,
    crossEntropy: clean / nNext,
    rise: rise(spliced),
    riseOfZero: rise(zeroed),
    riseOfMean: rise(averaged),
    lossRecovered: shareRecovered(rise(spliced), rise(zeroed)),
    lossRecoveredOverMean: shareRecovered(rise(spliced), rise(averaged)),
  };
}

/** The share of a worse rise that is not left; NaN where there is next to nothing to recover. */
export const shareRecovered = (rise: number, worse: number): number =>
  worse >= LEAST_RISE ? 1 - rise / worse : Number.NaN;

/** NaN where the activation is the same at all positions, but for rounding. */
function fvuOf({ n, error, squares, total }: Power): number {
  const variance = squares - total.reduce((sum, x) => sum + x * x, 0) / n;
  return variance > ROUNDING * squares ? error / variance : Number.NaN;
}

/** Relative error of sums of float32 squares. */
const ROUNDING = 1e-6;
