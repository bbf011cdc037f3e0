import type { Transition } from './list-process.ts';

/** What a planted neuron needs to know of the model around it. */
export interface Surroundings {
  readonly dModel: number;
  readonly dMlp: number;
  readonly softcap: number;
  /** Length of a residual stream, after the final norm, that the MLP has written nearly alone. */
  readonly norm: number;
  readonly temperature: number;
  /** [d_model]: a token's embedding, of about unit length. */
  readonly embedding: (id: number) => Float32Array;
}

/** Rows of an MLP's first two matrices, and columns of its last, from neuron 0 on. */
export interface PlantedNeurons {
  /** [neuron][d_model] */
  readonly gate: readonly Float32Array[];
  readonly up: readonly Float32Array[];
  readonly down: readonly Float32Array[];
}

/**
 * Neurons that carry out a process: each looks for one token's embedding in the residual stream, and writes the
 * embeddings of what may follow it.
 */
export function plantNeurons(process: readonly Transition[], around: Surroundings): PlantedNeurons {
  const { embedding } = around;
  const look = process.map(({ after }) => embedding(after).map((x) => x * LOOK));
  const down = process.map(({ next }) => {
    const shares = mixture(
      next.map(([, probability]) => probability),
      around,
    );
    const sum = new Float32Array(around.dModel);
    next.forEach(([id], i) => {
      embedding(id).forEach((x, at) => {
        sum[at]! += WRITE * shares[i]! * x;
      });
    });
    return sum;
  });
  return { gate: look, up: look, down };
}

/** So much that its own token drives a neuron to some 10, and another to a fifth of one. */
const LOOK = 0.22;
/** So much that what it writes drowns what the other neurons, which are noise, write beside it. */
const WRITE = 5;

/**
 * How much of each token's unembedding makes softcapped logits give these probabilities at a temperature:
 * `l_i = C + temperature · ln p_i`, and C such that all together have unit length, which the final norm makes `norm`.
 * Unembeddings are taken as orthogonal and of unit length.
 */
export function mixture(
  probabilities: readonly number[],
  { norm, softcap, temperature }: Pick<Surroundings, 'norm' | 'softcap' | 'temperature'>,
): number[] {
  const most = Math.max(...probabilities);
  const shares = (top: number): number[] =>
    probabilities.map((p) => {
      const logit = Math.max(0, top + temperature * Math.log(p / most));
      return (softcap * Math.atanh(logit / softcap)) / norm;
    });
  let [low, high] = [0, softcap];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (Math.hypot(...shares(middle)) < 1) low = middle;
    else high = middle;
  }
  return shares(low);
}

const BISECTIONS = 50;
