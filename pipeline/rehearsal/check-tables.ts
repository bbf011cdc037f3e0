import { fileOf } from '../engine/study-run.ts';
import { readManifest, verify } from '../schema/manifest.ts';
import type { Stage } from '../stages/define.ts';

/**
 * What is wrong with the tables of a finished study: files that are missing or altered, tables without a row. Nothing
 * where all is well; a number that is not finite is refused when it is written.
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
