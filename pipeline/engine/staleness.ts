import { problem, readManifest } from '../schema/manifest.ts';
import { type ChangedPart, changedParts, keyOf, keyParts } from './key.ts';
import type { Stage } from './stage.ts';
import { fileOf, type StudyRun } from './study-run.ts';

/** Why a stage must run. */
export interface Staleness {
  /** In one line. */
  readonly reason: string;
  /** What its key depends on and is not as it was; empty where a file is missing or altered. */
  readonly changed: readonly ChangedPart[];
}

/**
 * Why a stage must run, or null where its tables are up to date. Decided by hashes of its settings, resources, inputs and
 * code, never by the age of a file.
 */
export function staleness<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
): Staleness | null {
  const manifest = readManifest(run.results);
  const faults = stage.writes.flatMap(
    (table) => problem(run.results, manifest, fileOf(table)) ?? [],
  );
  if (faults[0] !== undefined) return { reason: faults[0], changed: [] };
  const parts = keyParts(run, stage, manifest);
  const before = manifest?.stages[stage.name];
  if (before?.key === keyOf(parts)) return null;
  const changed = changedParts(before?.parts ?? {}, parts);
  return { reason: `changed: ${inBrief(changed)}`, changed };
}

/** Parts named in one line; of many, the first. */
const NAMED = 3;

function inBrief(changed: readonly ChangedPart[]): string {
  const names = changed.map(({ name }) => name);
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
