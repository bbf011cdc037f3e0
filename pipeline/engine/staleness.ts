import { fileProblem, readManifest } from '../schema/manifest.ts';
import { type ChangedPart, CODE, changedParts, keyOf, keyParts } from './key.ts';
import type { Stage } from './stage.ts';
import { fileOf, type StudyRun } from './study-run.ts';

/** Why a stage must run. */
export interface Staleness {
  /** One line. */
  readonly reason: string;
  /** The dependencies that changed since the last run; empty where one of its files is missing or altered. */
  readonly changed: readonly ChangedPart[];
}

/**
 * Why a stage must run; null where its tables are up to date, or where only its code has changed and the run accepts that.
 * Compares hashes of settings, resources, input tables and code, not modification times.
 */
export function staleness<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
): Staleness | null {
  const found = difference(run, stage);
  return found !== null && run.acceptsCode && isOfCode(found) ? null : found;
}

/** Whether a stage counts as up to date only because the run accepts that its code has changed. */
export function isAccepted<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
): boolean {
  const found = run.acceptsCode ? difference(run, stage) : null;
  return found !== null && isOfCode(found);
}

const isOfCode = ({ changed }: Staleness): boolean =>
  changed.length > 0 && changed.every(({ name }) => name.startsWith(CODE));

function difference<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
): Staleness | null {
  const manifest = readManifest(run.results);
  const [problem] = stage.writes.flatMap(
    (table) => fileProblem(run.results, manifest, fileOf(table)) ?? [],
  );
  if (problem !== undefined) return { reason: problem, changed: [] };
  const parts = keyParts(run, stage, manifest);
  const before = manifest?.stages[stage.name];
  if (before?.key === keyOf(parts)) return null;
  const changed = changedParts(before?.parts ?? {}, parts);
  return { reason: `changed: ${summary(changed)}`, changed };
}

/** Largest number of names in a reason. */
const MAX_NAMES = 3;

/** The names of the first ones, and how many more there are. */
export function summary(changed: readonly ChangedPart[]): string {
  const names = changed.map(({ name }) => name);
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
