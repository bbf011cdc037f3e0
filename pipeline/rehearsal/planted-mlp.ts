import type { Transition } from './list-process.ts';

/** The properties of the model that planted neurons depend on. */
export interface ModelContext {
  readonly dModel: number;
  readonly dMlp: number;
  readonly softcap: number;
  /** Norm of the residual stream after the final norm, if the planted MLP dominates it. */
  readonly norm: number;
  readonly temperature: number;
  /** [d_model]: a token's embedding, with norm about 1. */
  readonly embedding: (id: number) => Float32Array;
}

/** The weights of the first neurons of a gated MLP: rows of the gate and up projections, columns of the down projection. */
export interface PlantedNeurons {
  /** [neuron][d_model] */
  readonly gate: readonly Float32Array[];
  readonly up: readonly Float32Array[];
  readonly down: readonly Float32Array[];
}

/**
 * Neurons that implement a Markov process: each detects one token's embedding in the residual stream, and writes the
 * embeddings of the tokens that may follow.
 */
export function plantNeurons(
  process: readonly Transition[],
  context: ModelContext,
): PlantedNeurons {
  const { embedding } = context;
  const readDirections = process.map(({ after }) => embedding(after).map((x) => x * READ_SCALE));
  const down = process.map(({ next }) => {
    const shares = mixtureWeights(
      next.map(([, probability]) => probability),
      context,
    );
    const sum = new Float32Array(context.dModel);
    next.forEach(([id], i) => {
      embedding(id).forEach((x, dim) => {
        sum[dim]! += WRITE_SCALE * shares[i]! * x;
      });
    });
    return sum;
  });
  return { gate: readDirections, up: readDirections, down };
}

/** Scale of read directions: a neuron's activation is about 10 at its own token, and about 0.2 at others. */
const READ_SCALE = 0.22;
/** Scale of write directions, large enough to dominate the output of the random neurons. */
const WRITE_SCALE = 5;

/**
 * The weights of a sum of unembeddings whose softcapped logits give the probabilities at a temperature:
 * `l_i = C + temperature · ln p_i`, with C such that the sum has norm 1, which the final norm scales to `norm`.
 * Unembeddings are assumed to be orthonormal.
 */
export function mixtureWeights(
  probabilities: readonly number[],
  { norm, softcap, temperature }: Pick<ModelContext, 'norm' | 'softcap' | 'temperature'>,
): number[] {
  const largest = Math.max(...probabilities);
  const shares = (top: number): number[] =>
    probabilities.map((p) => {
      const logit = Math.max(0, top + temperature * Math.log(p / largest));
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
