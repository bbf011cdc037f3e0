/** One claim of the write-up. What is said of it follows from a row of numbers and a rule; nothing of it is typed. */
export interface Claim {
  readonly id: string;
  /** Section of the write-up. */
  readonly section: string;
  /** In this report's words. */
  readonly claim: string;
  /** Of a claim that only a run of the model itself can decide: not the released data, nor the miniature. */
  readonly needsRun?: boolean;
  /** The rule, in words: what is measured, and when the claim holds. */
  readonly test: string;
  /** One row of numbers; `FROM` may be left out where the claim cannot be decided. */
  readonly from: string;
  /** What was found, as a text. */
  readonly value: string;
  /** Conditions over the row; a claim without them cannot be decided here. */
  readonly holds?: string;
  readonly holdsInPart?: string;
}

/** A mean with its interval, as a text: a share, and a number. */
export const SHARE = `with_interval(mean, ci_low, ci_high, -1)`;
export const NUMBER = `with_interval(mean, ci_low, ci_high, 2)`;
