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

/** The k likeliest tokens, most likely first, with the tokens outside the nucleus at probability 0. */
export interface Nucleus {
  /** [B, k]: probabilities that sum to 1; 0 for tokens outside the nucleus. */
  readonly probs: Value;
  /** int64 [B, k]: token ids. */
  readonly ids: Value;
  /** [B, 1]: total probability of the k tokens at the temperature, before truncation to the nucleus. */
  readonly mass: Value;
}

/**
 * The distribution of nucleus sampling: divide the logits by the temperature, take the smallest set of likeliest tokens
 * whose probability reaches `topP`, and renormalize. Exact where `mass ≥ topP`; otherwise the caller must increase k.
 *
 * Source: Holtzman et al. (2020), The Curious Case of Neural Text Degeneration, section 3.1.
 *
 * @param logits [B, d_vocab]
 * @param temperature [1]
 * @param topP [1]
 * @param k int64 [1]
 */
export function nucleus(logits: Value, temperature: Value, topP: Value, k: Value): Nucleus {
  const scaled = div(logits, temperature);
  const { values, indices } = topK(scaled, k, 'k');
  const probs = exp(sub(values, logSumExp(scaled)));
  const inNucleus = indicator(less(cumSum(probs, { exclusive: true }), topP), probs);
  const truncated = mul(probs, inNucleus);
  const normalized = div(truncated, reduceSum(truncated, [-1]));
  return { probs: normalized, ids: indices, mass: reduceSum(probs, [-1]) };
}

/**
 * Inverse-CDF sampling: the first token whose cumulative probability exceeds the uniform draw.
 * @param uniform [B, 1], in [0, 1]
 * @returns int64 [B, 1]
 */
export function sampleToken({ probs, ids }: Nucleus, uniform: Value): Value {
  const nBelow = reduceSum(indicator(lessOrEqual(cumSum(probs), uniform), probs), [-1]);
  // By rounding, the cumulative probability of the nucleus's last token may be below the draw.
  const zero = probs.graph.scalar(0, probs.dtype);
  const last = shift(reduceSum(indicator(less(zero, probs), probs), [-1]), -1);
  const index = where(less(nBelow, last), nBelow, last);
  return gatherElements(ids, cast(index, 'int64'));
}
