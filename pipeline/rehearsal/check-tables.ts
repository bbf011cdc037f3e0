import { fileOf } from '../engine/study-run.ts';
import { readManifest, verify } from '../schema/manifest.ts';
import type { Stage } from '../stages/define.ts';

/**
 * The faults in the tables of a finished study: files that are missing or altered, tables without rows. Numbers that are
 * not finite need no check, as writing them throws.
 */
export function checkTables(results: string, stages: readonly Pick<Stage, 'writes'>[]): string[] {
  const manifest = readManifest(results);
  if (manifest === null) return [`${results}: no manifest`];
  const files = stages.flatMap(({ writes }) => writes).map(fileOf);
  const faults = files.flatMap((file) => {
    const rows = manifest.files[file]?.rows;
    if (rows === undefined) return [`${file}: not written`];
    return rows === 0 ? [`${file}: no row`] : [];
  });
  return [...faults, ...verify(results, manifest)];
}
