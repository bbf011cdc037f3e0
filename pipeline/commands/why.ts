import type { ChangedPart } from '../engine/key.ts';
import { staleness } from '../engine/staleness.ts';
import type { Stage } from '../stages/define.ts';
import { align } from './align.ts';
import type { Run } from './run.ts';

/** The dependencies of each stage that have changed since its tables were written, as text. */
export const whyText = (run: Run, stages: readonly Stage[]): string =>
  stages.map((stage) => `${reasonFor(run, stage)}\n`).join('');

function reasonFor(run: Run, stage: Stage): string {
  const stale = staleness(run, stage);
  if (stale === null) return `${stage.name}: up to date`;
  if (stale.changed.length === 0) return `${stage.name}: ${stale.reason}`;
  return `${stage.name}: its tables depend on what has changed\n${align(stale.changed.map(cellsOf))}`;
}

const cellsOf = ({ name, before, now }: ChangedPart): string[] => [
  `  ${name}`,
  before ?? 'not there',
  '→',
  now ?? 'not there',
];
