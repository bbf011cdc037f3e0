import { coverage } from '../schema/coverage.ts';
import { tQuantiles } from '../schema/t-quantiles.ts';
import type { Row } from '../schema/table.ts';
import { tQuantile } from '../stats/student-t.ts';
import { POPULATIONS } from './coverage/populations.ts';
import { simulateCoverage } from './coverage/simulate.ts';
import { defineStage } from './define.ts';

/** Simulated studies of each quantity and design. */
const SIMULATIONS = 1000;
/** Most resamples of a bootstrap here: the ends of an interval are settled well enough. */
const RESAMPLES = 300;
/** Simulated studies have so many topics and lists of each; and there is one of a single topic. */
const [TOPICS, LISTS] = [23, 5];
/** Quantiles for up to so many clusters; those for more are hardly smaller. */
const CLUSTERS = 201;

/** How often the study's intervals hold the true value, by simulating quantities like those that its tables hold. */
export const coverageStage = defineStage({
  name: 'coverage',
  source: import.meta.url,
  settings: ['seed', 'bootstrap'],
  needs: [],
  reads: [],
  writes: [coverage, tQuantiles],

  async run({ study: { seed, bootstrap }, write, progress }) {
    const resamples = Math.min(RESAMPLES, bootstrap.resamples);
    const settings = { seed, bootstrap: { ...bootstrap, resamples } };
    const rows: Row<typeof coverage>[] = [];
    for (const [i, population] of POPULATIONS.entries()) {
      for (const topics of [TOPICS, 1]) {
        const simulation = { population, topics, lists: LISTS, simulations: SIMULATIONS };
        rows.push(...simulateCoverage(simulation, settings));
      }
      progress(i + 1, POPULATIONS.length, 'quantities');
    }
    write(coverage, rows);
    write(
      tQuantiles,
      Array.from({ length: CLUSTERS - 1 }, (_, i) => {
        return { df: i + 1, quantile: tQuantile(bootstrap.confidence, i + 1) };
      }),
    );
  },
});
