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
  /**
   * `1 − (spliced − clean) / (zeroed − clean)`, of the mean cross-entropy of the tokens after these positions: with the
   * activation replaced by its reconstruction at every position, unchanged, and replaced by zero at every position.
   */
  readonly lossRecovered: number;
}

export interface SaeQuality {
  readonly sae: SaeSpec;
  readonly kinds: readonly Quality[];
  /** Number of features that are active at no position. */
  readonly nDead: number;
}

/** The kind of every position. */
export const ALL = 'all';

/** Outputs for one batch: of the patched graph clean, spliced and zeroed, and of the SAE (coder-graph.ts). */
export interface QualityRuns {
  readonly clean: Fetches;
  readonly coded: Fetches;
  readonly spliced: Fetches;
  readonly zeroed: Fetches;
}

/** Sums over positions of one kind. */
interface Sums {
  n: number;
  l0: number;
  /** ‖y − ŷ‖² */
  error: number;
  /** ‖y‖² */
  squares: number;
  /** [d_out]: y */
  readonly total: Float64Array;
  /** Cross-entropy, over the positions that have a next token. */
  clean: number;
  spliced: number;
  zeroed: number;
}

/** The measurements at one position. */
interface Observation {
  readonly l0: number;
  /** ‖y − ŷ‖² */
  readonly error: number;
  /** [d_out]: the value of the output hook. */
  readonly y: Float32Array;
  /** Cross-entropy; 0 where there is no next token. */
  readonly clean: number;
  readonly spliced: number;
  readonly zeroed: number;
}

/** Accumulates the measurements of one SAE over batches. */
export class Tally {
  readonly #sae: SaeSpec;
  readonly #firstCounted: number;
  readonly #sumsByKind = new Map<string, Sums>();
  /** [d_sae]: number of positions at which each feature is active. */
  readonly #fired: Float64Array;

  constructor(sae: SaeSpec, uncounted: number) {
    this.#sae = sae;
    this.#firstCounted = uncounted;
    this.#fired = new Float64Array(sae.dSae);
  }

  count({ sequences, batch }: SequenceBatch<QualityReading>, runs: QualityRuns): void {
    floats(runs.coded, 'fired').forEach((n, feature) => {
      this.#fired[feature]! += n;
    });
    const observe = observer(this.#sae, batch, runs);
    sequences.forEach(({ ids, kinds }, row) => {
      for (let pos = this.#firstCounted; pos < ids.length; pos++) {
        const observation = observe(row, pos);
        for (const kind of [ALL, ...kinds[pos]!]) add(this.#sumsOf(kind), observation);
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
function observer({ outputHook, dOut }: SaeSpec, batch: Batch, runs: QualityRuns) {
  const activations = floats(runs.clean, outputHook);
  const [l0, error] = [floats(runs.coded, 'l0'), floats(runs.coded, 'error')];
  const [clean, spliced, zeroed] = [
    floats(runs.clean, 'realised'),
    floats(runs.spliced, 'realised'),
    floats(runs.zeroed, 'realised'),
  ];
  return (row: number, pos: number): Observation => {
    const i = batch.index(row, pos);
    const hasNext = pos + 1 < batch.nTokens(row);
    const loss = (logProbs: Float32Array) => (hasNext ? -logProbs[i]! : 0);
    return {
      l0: l0[i]!,
      error: error[i]!,
      y: activations.subarray(i * dOut, (i + 1) * dOut),
      clean: loss(clean),
      spliced: loss(spliced),
      zeroed: loss(zeroed),
    };
  };
}

function add(sums: Sums, { l0, error, y, clean, spliced, zeroed }: Observation): void {
  sums.n += 1;
  sums.l0 += l0;
  sums.error += error;
  for (let i = 0; i < y.length; i++) {
    const value = y[i]!;
    sums.total[i]! += value;
    sums.squares += value * value;
  }
  sums.clean += clean;
  sums.spliced += spliced;
  sums.zeroed += zeroed;
}

const emptySums = (width: number): Sums => ({
  n: 0,
  l0: 0,
  error: 0,
  squares: 0,
  total: new Float64Array(width),
  clean: 0,
  spliced: 0,
  zeroed: 0,
});

function qualityOf(kind: string, sums: Sums): Quality {
  const { n, l0, error, squares, total, clean, spliced, zeroed } = sums;
  const squaresAroundMean = squares - total.reduce((sum, x) => sum + x * x, 0) / n;
  return {
    kind,
    n,
    l0: l0 / n,
    fvu: error / squaresAroundMean,
    lossRecovered: 1 - (spliced - clean) / (zeroed - clean),
  };
}
