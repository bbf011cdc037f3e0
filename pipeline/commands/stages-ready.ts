import { staleness } from '../engine/staleness.ts';
import type { Stage } from '../stages/define.ts';
import type { Run } from './run.ts';

/** The first stage that has to run before another one can; null where all tables that it reads are up to date. */
export const waitsFor = (run: Run, { reads }: Stage): Stage | null =>
  run.stages.find(
    (stage) =>
      stage.writes.some((table) => reads.includes(table)) && staleness(run, stage) !== null,
  ) ?? null;
