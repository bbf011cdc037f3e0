/** How a claim is decided: a row of numbers, and a rule. Nothing of it is typed. */
export interface Answer {
  /** One row of numbers; `FROM` may be left out where the claim cannot be decided. */
  readonly from: string;
  /** What was found, as a text. */
  readonly value: string;
  /** Conditions over the row; a claim without them cannot be decided here. */
  readonly holds?: string;
  readonly holdsInPart?: string;
}

/** One claim of the write-up, and how the data released with it decide it. */
export interface Claim extends Answer {
  readonly id: string;
  /** Section of the write-up. */
  readonly section: string;
  /** In this report's words. */
  readonly claim: string;
  /**
   * Of a claim that only a run of the model itself can decide: not the released data, nor the miniature, nor another
   * model. What it asks is asked of each study's own tables.
   */
  readonly needsRun?: boolean;
  /** The rule, in words: what is measured, and when the claim holds. */
  readonly test: string;
  /**
   * The row that a study's own tables give for the same rule, with the columns of `from`, and the words and conditions that
   * differ. Left out where the claim is about the write-up's own data, figures or methods, which no other model has.
   */
  readonly inStudies?: Pick<Answer, 'from'> & Partial<Answer>;
}

/** How a study's own tables answer a claim; null where it is not about a model. */
export function answerOfStudy(claim: Claim): Answer | null {
  if (claim.inStudies) return { ...claim, ...claim.inStudies };
  return claim.needsRun ? claim : null;
}

/** A mean with its interval, as a text: a share, and a number. */
export const SHARE = `with_interval(mean, ci_low, ci_high, -1)`;
export const NUMBER = `with_interval(mean, ci_low, ci_high, 2)`;
