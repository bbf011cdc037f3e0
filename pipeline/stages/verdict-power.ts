import { verdictPower } from '../schema/verdict-power.ts';
import { CLAIMS } from './claims/all.ts';
import { powerRows } from './claims/power.ts';
import { defineStage } from './define.ts';

/** Try the rule of every claim on simulated lists, of which it is known whether the claim is true. */
export const verdictPowerStage = defineStage({
  name: 'verdict-power',
  source: import.meta.url,
  settings: ['seed', 'bootstrap'],
  needs: [],
  reads: [],
  writes: [verdictPower],

  async run({ study, write, progress }) {
    const rows = CLAIMS.flatMap((claim, i) => {
      progress(i + 1, CLAIMS.length, 'claims');
      return powerRows(claim, study);
    });
    write(verdictPower, rows);
  },
});
