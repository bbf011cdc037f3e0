import type { IntervalSettings } from './estimate.ts';
import { keyedRandom } from './random.ts';

/** How a bootstrap resamples. */
export interface BootstrapOptions {
  readonly resamples: number;
  /** Confidence level: 0.95 for 95 %. */
  readonly confidence: number;
  /** Uniform draws on [0, 1). */
  readonly random: () => number;
}

/** The study's bootstrap, with random draws of its own. @param key determines the draws, together with the seed */
export const bootstrapOptions = (
  { seed, bootstrap }: IntervalSettings,
  key: string,
): BootstrapOptions => ({ ...bootstrap, random: keyedRandom(seed, key) });
