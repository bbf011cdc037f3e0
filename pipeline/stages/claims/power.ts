import { VERDICTS } from '../../schema/claims.ts';
import { type PowerRow, TRUTHS } from '../../schema/verdict-power.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { keyedRandom } from '../../stats/random.ts';
import type { Claim } from './claim.ts';
import { estimator } from './estimator.ts';

/** Simulated worlds of each claim and truth, and resamples of each interval in them, where the study has not fewer. */
const WORLDS = 200;
const RESAMPLES = 200;

/**
 * What the rule of a claim says of simulated lists, where it is true and where it is false: each verdict’s share. The rule
 * and the estimates are those that judge the data.
 */
export const powerRows = (
  { id, simulated }: Claim,
  { seed, bootstrap }: IntervalSettings,
  worlds = WORLDS,
): PowerRow[] =>
  TRUTHS.flatMap((truth) => {
    if (simulated === null) return [];
    const { words, verdictIn } = simulated[truth];
    const resamples = Math.min(RESAMPLES, bootstrap.resamples);
    const verdicts = Array.from({ length: worlds }, (_, i) => {
      const key = `power ${id} ${truth} ${i}`;
      const settings = { seed, bootstrap: { ...bootstrap, resamples } };
      return verdictIn({ random: keyedRandom(seed, key), estimate: estimator(settings, key) });
    });
    return VERDICTS.map((verdict) => ({
      claim_id: id,
      truth,
      simulated: words,
      verdict,
      share: verdicts.filter((found) => found === verdict).length / worlds,
      n: worlds,
    }));
  });
