import type { WriteStream } from 'node:tty';
import { duration, type Progress, showProgress } from '../engine/progress.ts';
import { fileOf } from '../engine/study-run.ts';
import { readManifest } from '../schema/manifest.ts';
import type { Stage } from '../stages/define.ts';
import { requireKnown } from './prepare.ts';
import type { Run } from './run.ts';

/** The stages of the given names, with or without their numbers; all if `only` is undefined. */
export function selectStages(
  stages: readonly Stage[],
  only: readonly string[] | undefined,
): Stage[] {
  if (only === undefined) return [...stages];
  const names = stages.map(({ name }) => name);
  return only.map((requested) => {
    const name = names.find((full) => full.replace(/^\d+-/, '') === requested) ?? requested;
    return stages[names.indexOf(requireKnown('stage', name, names))]!;
  });
}

/** Say that a stage begins, and why, and show its progress. @returns how long it took */
export async function shown(
  { name }: Pick<Stage, 'name'>,
  reason: string,
  output: WriteStream,
  work: (progress: Progress) => Promise<void>,
): Promise<string> {
  output.write(`${name}: ${reason}\n`);
  const display = showProgress(name, output);
  const start = performance.now();
  try {
    await work(display.update);
  } finally {
    display.stop();
  }
  return duration((performance.now() - start) / 1000);
}

/** The tables of a stage, with their rows, as text. */
export const tablesOf = (run: Run, stage: Stage): string =>
  stage.writes
    .map((table) => {
      const rows = readManifest(run.results)?.files[fileOf(table)]?.rows;
      return rows === undefined ? `${table.name} (missing)` : `${table.name} (${rows} rows)`;
    })
    .join(', ');
