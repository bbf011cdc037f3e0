import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileSha256 } from '../schema/file-sha256.ts';
import {
  type FileEntry,
  fileProblem,
  MANIFEST,
  type Manifest,
  type Provenance,
  readManifest,
  verify,
  writeManifest,
} from '../schema/manifest.ts';
import type { Table } from '../schema/table.ts';
import { writing } from '../schema/write-fault.ts';
import { checkInputs } from './check-inputs.ts';
import { type Cost, measureCost } from './cost.ts';
import { writeDatabase } from './database.ts';
import { collectorOfGrowth } from './garbage.ts';
import { keeper, keptFolder } from './kept.ts';
import { codeOf, keyOf, keyParts, studyParts } from './key.ts';
import type { Progress } from './progress.ts';
import { openRowStore, type RowStore } from './row-store.ts';
import { resourcesOf, type Stage } from './stage.ts';
import { checkDeclared, contextOf, type OwnAccess, withPartialFolder } from './stage-context.ts';
import { currentFiles, fileOf, type StudyRun } from './study-run.ts';

/** How the tables of a stage are made, where not all of it is done here. */
export interface RunOptions {
  /** Writes the stage's tables in place of its `run`. */
  readonly work?: (access: OwnAccess) => Promise<void>;
  /** What shards have taken for it. */
  readonly spent?: readonly Cost[];
}

/**
 * Run one stage. Its tables and then the manifest are replaced after all of them have been written under other names, so that a
 * failure leaves the earlier results unchanged.
 * @throws where an input is missing or altered, the stage fails, or the disk is full or read-only
 */
export async function runStage<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  progress: Progress,
  { work, spent = [] }: RunOptions = {},
): Promise<void> {
  const manifest = readManifest(run.results);
  checkInputs(run, stage, manifest);
  const planned = await run.plan(stage);
  const kept = keptFolder(run.results, stage.name);
  const keeping = keeper(kept, keyOf(keyParts(run, stage, manifest)));
  const partial = join(run.results, `.${stage.name}.partial`);
  await withPartialFolder(partial, async (spool) => {
    const rows = openRowStore(stage.writes, partial);
    const collect = collectorOfGrowth();
    const own: OwnAccess = {
      ...keeping,
      divide: async () => {},
      spool,
      write: (table, part) => {
        checkDeclared(stage, table, 'writes');
        rows.add(table, part);
        collect();
      },
      progress: (...done) => {
        collect();
        progress(...done);
      },
    };
    try {
      const cost = await measureCost(async () =>
        work ? work(own) : stage.run(await contextOf(run, stage, planned, own)),
      );
      await commit(run, stage, { rows, cost: sumOf([...spent, cost]) }, partial);
    } finally {
      rows.close();
    }
  });
  rmSync(kept, { recursive: true, force: true });
}

/** What one thing after the other takes, or one beside the other on machines of their own. */
const sumOf = (costs: readonly Cost[]): Cost => ({
  seconds: Number(costs.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1)),
  peak_mb: Math.max(...costs.map(({ peak_mb }) => peak_mb)),
});

/** Rewrite `study.duckdb` for the intact tables. @returns a line for every file that is missing or altered */
export async function finish<S extends object, N extends object, E>({
  results,
  stages,
}: StudyRun<S, N, E>): Promise<string[]> {
  const manifest = readManifest(results);
  if (manifest === null) return [];
  const isIntact = (table: Table) => fileProblem(results, manifest, fileOf(table)) === null;
  await writeDatabase(results, stages.flatMap(({ writes }) => writes).filter(isIntact));
  return verify(results, manifest);
}

/** Write the stage's tables and the manifest into the folder `partial`, and then move them all to their places. */
async function commit<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  { rows, cost }: { readonly rows: RowStore; readonly cost: Cost },
  partial: string,
): Promise<void> {
  const before = readManifest(run.results);
  const parts = keyParts(run, stage, before);
  const provenance = { ...provenanceOf(run, stage, before), code_version: codeOf(parts) };
  const entries: Record<string, FileEntry> = {};
  for (const table of stage.writes) {
    const count = rows.count(table);
    if (count === undefined)
      throw new Error(
        `stage ${stage.name} did not write ${table.name}: write it, or remove it from its writes`,
      );
    const path = join(partial, fileOf(table));
    await rows.write(table, path);
    entries[fileOf(table)] = {
      table: table.name,
      row: table.row,
      rows: count,
      bytes: statSync(path).size,
      sha256: fileSha256(path),
      stage: stage.name,
      metadata: provenance,
    };
  }
  writeManifest(partial, {
    ...provenance,
    parts: studyParts(run),
    files: currentFiles({ ...before?.files, ...entries }, run.stages),
    stages: { ...before?.stages, [stage.name]: { key: keyOf(parts), parts, ...cost } },
  });
  // The manifest is the last: until then, tables that it does not describe count as altered, and their stage runs again.
  for (const file of [...Object.keys(entries), MANIFEST]) {
    const path = join(run.results, file);
    writing(path, () => renameSync(join(partial, file), path));
  }
}

/**
 * The study's provenance, with the SAEs that the stage's input tables depend on, and that of the stage's own resources.
 */
function provenanceOf<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  manifest: Manifest | null,
): Omit<Provenance, 'code_version'> {
  const inputs = stage.reads.map((table) => manifest?.files[fileOf(table)]?.metadata);
  return {
    ...run.provenance,
    sae_release: inputs.find((input) => input?.sae_release)?.sae_release ?? null,
    sae_revision: inputs.find((input) => input?.sae_revision)?.sae_revision ?? null,
    ...Object.assign({}, ...resourcesOf(stage).map((name) => run.resources[name]?.provenance)),
    date: run.now(),
  };
}
