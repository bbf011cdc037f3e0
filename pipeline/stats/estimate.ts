/** A confidence interval. */
export interface Interval {
  readonly ci_low: number;
  readonly ci_high: number;
}

/** An estimate with its confidence interval. */
export interface Estimate extends Interval {
  /** The estimated mean, share, ratio or other statistic. */
  readonly mean: number;
  /** Number of observations. */
  readonly n: number;
}

/** Settings of a study's confidence intervals. */
export interface IntervalSettings {
  readonly seed: number;
  readonly bootstrap: {
    readonly resamples: number;
    /** Confidence level: 0.95 for 95 %. */
    readonly confidence: number;
  };
}
