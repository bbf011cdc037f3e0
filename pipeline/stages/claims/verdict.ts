import type { Verdict } from '../../schema/claims.ts';
import type { Estimate } from '../../stats/estimate.ts';

/** An estimate with its confidence interval, as far as a rule reads it. */
export type Interval = Pick<Estimate, 'mean' | 'ci_low' | 'ci_high'>;

/** What an effect must lie beyond, and the smallest effect that would count: the same where left out. */
export interface Bound {
  readonly beyond: number;
  readonly size?: number;
}

/**
 * Whether an effect lies above a bound: the convention of every rule about a number.
 *
 * | the interval | | verdict |
 * |---|---|---|
 * | lies above the bound | and reaches the size that counts | holds |
 * | lies above the bound | and excludes that size | holds in part |
 * | includes the bound | and excludes that size | does not hold |
 * | includes both | | cannot be decided |
 *
 * An interval below the bound does not hold, either. So an interval that includes the null value never holds, and is held
 * against a claim only where the data had the power to show it.
 */
export function exceeds(effect: Interval | null, { beyond, size = beyond }: Bound): Verdict {
  if (effect === null) return 'cannot be decided';
  const { ci_low, ci_high } = effect;
  if (ci_low > beyond) return ci_high >= size ? 'holds' : 'holds in part';
  return ci_high <= beyond || ci_high < size ? 'does not hold' : 'cannot be decided';
}

/** Whether a quantity lies below a bound. */
export const staysBelow = (quantity: Interval | null, bound: number): Verdict =>
  exceeds(quantity && negative(quantity), { beyond: -bound });

/** Whether a quantity is about as large as said: within the tolerance, which the rule states. */
export function near(
  quantity: Interval | null,
  { target, tolerance }: { readonly target: number; readonly tolerance: number },
): Verdict {
  if (quantity === null) return 'cannot be decided';
  const [low, high] = [target - tolerance, target + tolerance];
  if (quantity.ci_low >= low && quantity.ci_high <= high) return 'holds';
  return quantity.ci_high < low || quantity.ci_low > high ? 'does not hold' : 'cannot be decided';
}

/** A claim that says several things at once: in part where only some of them hold, whatever the others do. */
export function all(verdicts: readonly Verdict[]): Verdict {
  const some = (verdict: Verdict) => verdicts.includes(verdict);
  if (verdicts.length === 0) return 'cannot be decided';
  if (verdicts.every((verdict) => verdict === 'holds')) return 'holds';
  if (some('holds') || some('holds in part')) return 'holds in part';
  return some('does not hold') ? 'does not hold' : 'cannot be decided';
}

/** A claim that something is so somewhere. */
export function any(verdicts: readonly Verdict[]): Verdict {
  const some = (verdict: Verdict) => verdicts.includes(verdict);
  if (some('holds')) return 'holds';
  if (some('holds in part')) return 'holds in part';
  const areRefuted = verdicts.length > 0 && !some('cannot be decided');
  return areRefuted ? 'does not hold' : 'cannot be decided';
}

/** A claim of which the first part must be so before the others say anything. */
export const given = (first: Verdict, others: readonly Verdict[]): Verdict =>
  first === 'holds' || first === 'holds in part' ? all([first, ...others]) : first;

/** Whether one thing is the greatest of its kind. @param leads by how much it exceeds each of the others */
export function greatest(leads: readonly Interval[]): Verdict {
  if (leads.length === 0) return 'cannot be decided';
  if (leads.some(({ ci_high }) => ci_high < 0)) return 'does not hold';
  return leads.every(({ ci_low }) => ci_low > 0) ? 'holds' : 'cannot be decided';
}

/** Some of a fixed set, every one of which is counted: nothing is sampled. */
export interface Count {
  readonly n: number;
  readonly of: number;
}

/** Whether all of a fixed set are as said: in part where any is. */
export function ofAll({ n, of }: Count): Verdict {
  if (of === 0) return 'cannot be decided';
  if (n === of) return 'holds';
  return n > 0 ? 'holds in part' : 'does not hold';
}

const negative = ({ mean, ci_low, ci_high }: Interval): Interval => ({
  mean: -mean,
  ci_low: -ci_high,
  ci_high: -ci_low,
});
