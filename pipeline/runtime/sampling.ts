import type { Value } from '../graph/builder.ts';
import { indicator, logSumExp, shift } from '../graph/functions.ts';
import {
  cast,
  cumSum,
  div,
  exp,
  gatherElements,
  less,
  lessOrEqual,
  mul,
  reduceSum,
  sub,
  topK,
  where,
} from '../graph/ops.ts';

/** The likeliest tokens, most likely first. */
export interface Nucleus {
  /** [B, k]: probabilities that sum to 1; 0 for what is cut. */
  readonly probs: Value;
  /** int64 [B, k]: token ids. */
  readonly ids: Value;
  /** [B, 1]: what the k tokens hold at the temperature, before the cut. */
  readonly mass: Value;
}

/**
 * Nucleus sampling: divide by the temperature, keep the likeliest tokens until they hold `topP`, the one that
 * crosses it included, and renormalise. Exact where `mass ≥ topP`; the caller asks for a larger k where not.
 *
 * Source: Holtzman et al. (2020), The Curious Case of Neural Text Degeneration, section 3.1.
 *
 * @param logits [B, d_vocab]
 * @param temperature [1]
 * @param topP [1]
 * @param k int64 [1]
 */
export function nucleus(logits: Value, temperature: Value, topP: Value, k: Value): Nucleus {
  const heated = div(logits, temperature);
  const { values, indices } = topK(heated, k, 'k');
  const probs = exp(sub(values, logSumExp(heated)));
  const kept = indicator(less(cumSum(probs, { exclusive: true }), topP), probs);
  const cut = mul(probs, kept);
  return { probs: div(cut, reduceSum(cut, [-1])), ids: indices, mass: reduceSum(probs, [-1]) };
}

/**
 * Inverse-CDF sampling: the first token whose cumulative probability exceeds the uniform draw.
 * @param uniform [B, 1], in [0, 1]
 * @returns int64 [B, 1]
 */
export function pick({ probs, ids }: Nucleus, uniform: Value): Value {
  const passed = reduceSum(indicator(lessOrEqual(cumSum(probs), uniform), probs), [-1]);
  // Rounding may leave the last kept token's cumulative sum below the draw.
  const zero = probs.graph.scalar(0, probs.dtype);
  const last = shift(reduceSum(indicator(less(zero, probs), probs), [-1]), -1);
  const index = where(less(passed, last), passed, last);
  return gatherElements(ids, cast(index, 'int64'));
}
