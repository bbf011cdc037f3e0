import type { Batch } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Fetches } from '../../runtime/session.ts';
import type { SaeSpec } from '../../sae/sae.ts';
import type { Sequence, SequenceBatch } from '../reader.ts';

/** A sequence with the kinds that each of its positions is of, by which quality is told apart. */
export interface QualityReading extends Sequence {
  readonly kinds: readonly (readonly string[])[];
}

/** How well one SAE stands for the activations at positions of one kind, of those that count. */
export interface Quality {
  readonly kind: string;
  readonly n: number;
  /** Active features a position. */
  readonly l0: number;
  /** `Σ‖y − ŷ‖² / Σ‖y − ȳ‖²` over these positions. */
  readonly fvu: number;
  /**
   * `1 − (spliced − clean) / (zeroed − clean)` of the cross-entropy after these positions, the reconstruction, or
   * zero, put in place of the activation everywhere.
   */
  readonly lossRecovered: number;
}

export interface SaeQuality {
  readonly sae: SaeSpec;
  readonly kinds: readonly Quality[];
  /** Features that no position activates. */
  readonly nDead: number;
}

/** The kind that holds every position. */
export const ALL = 'all';

/** Outputs of one batch: of the model as it is, of the SAE, and of the model with what stands in for the activation. */
export interface QualityRuns {
  readonly clean: Fetches;
  readonly coded: Fetches;
  readonly spliced: Fetches;
  readonly zeroed: Fetches;
}

/** Running sums at positions of one kind. */
interface Sums {
  n: number;
  l0: number;
  error: number;
  squares: number;
  /** [d_out]: the summed activation. */
  readonly total: Float64Array;
  /** Summed cross-entropy, of the positions that have a next token. */
  clean: number;
  spliced: number;
  zeroed: number;
}

/** What is known of one position. */
interface Observation {
  readonly l0: number;
  readonly error: number;
  /** [d_out]: the activation. */
  readonly y: Float32Array;
  readonly clean: number;
  readonly spliced: number;
  readonly zeroed: number;
}

/** Running sums of one SAE. */
export class Tally {
  readonly #sae: SaeSpec;
  /** The first position of a sequence that counts. */
  readonly #from: number;
  readonly #kinds = new Map<string, Sums>();
  /** [d_sae]: positions at which each feature is active. */
  readonly #fired: Float64Array;

  constructor(sae: SaeSpec, uncounted: number) {
    this.#sae = sae;
    this.#from = uncounted;
    this.#fired = new Float64Array(sae.dSae);
  }

  count({ sequences, batch }: SequenceBatch<QualityReading>, runs: QualityRuns): void {
    floats(runs.coded, 'fired').forEach((n, feature) => {
      this.#fired[feature]! += n;
    });
    const observe = observer(this.#sae, batch, runs);
    sequences.forEach(({ ids, kinds }, row) => {
      for (let pos = this.#from; pos < ids.length; pos++) {
        const observed = observe(row, pos);
        for (const kind of [ALL, ...kinds[pos]!]) add(this.#sumsOf(kind), observed);
      }
    });
  }

  #sumsOf(kind: string): Sums {
    const sums = this.#kinds.get(kind) ?? startSums(this.#sae.dOut);
    this.#kinds.set(kind, sums);
    return sums;
  }

  quality(): SaeQuality {
    return {
      sae: this.#sae,
      nDead: this.#fired.filter((n) => n === 0).length,
      kinds: [...this.#kinds].map(([kind, sums]) => qualityOf(kind, sums)),
    };
  }
}

/** Looks positions up in the outputs of a batch. */
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

const startSums = (width: number): Sums => ({
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
  const aroundMean = squares - total.reduce((sum, x) => sum + x * x, 0) / n;
  return {
    kind,
    n,
    l0: l0 / n,
    fvu: error / aroundMean,
    lossRecovered: 1 - (spliced - clean) / (zeroed - clean),
  };
}
