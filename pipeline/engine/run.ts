import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileSha256 } from '../schema/file-sha256.ts';
import { makeFolder } from '../schema/make-folder.ts';
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
import { type Cost, measureCost } from './cost.ts';
import { writeDatabase } from './database.ts';
import { collectorOfGrowth } from './garbage.ts';
import { keeper } from './kept.ts';
import { codeOf, keyOf, keyParts, studyParts } from './key.ts';
import { readParquet, readParts } from './parquet.ts';
import type { Progress } from './progress.ts';
import { openRowStore, type RowStore } from './row-store.ts';
import { openSpool, type Spool } from './spool.ts';
import { type Available, resourcesOf, type Stage, type TableAccess } from './stage.ts';
import { currentFiles, fileOf, type StudyRun } from './study-run.ts';

/**
 * Run one stage. Its tables and then the manifest are replaced after all of them have been written under other names, so that a
 * failure leaves the earlier results unchanged.
 * @throws where an input is missing or altered, the stage fails, or the disk is full or read-only
 */
export async function runStage<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  progress: Progress,
): Promise<void> {
  const manifest = readManifest(run.results);
  for (const input of stage.reads) checkInput(run, stage, input, manifest);
  const planned = await run.plan(stage);
  const kept = join(run.results, `.${stage.name}.kept`);
  const keeping = keeper(kept, keyOf(keyParts(run, stage, manifest)));
  await withPartialFolder(join(run.results, `.${stage.name}.partial`), async (partial) => {
    const rows = openRowStore(stage.writes, partial);
    const spools: Spool[] = [];
    const collect = collectorOfGrowth();
    const spool = (): Spool => {
      const opened = openSpool(join(partial, `spool-${spools.length}`), 'w+');
      spools.push(opened);
      return opened;
    };
    try {
      const cost = await measureCost(async () =>
        stage.run({
          settings: select({ ...run.settings, ...planned.settings }, stage.settings),
          resources: await openResources(run, stage),
          ...tableAccess(run.results, stage, rows, collect),
          ...keeping,
          spool,
          progress: (...done) => {
            collect();
            progress(...done);
          },
        }),
      );
      await commit(run, stage, { rows, cost }, partial);
    } finally {
      rows.close();
      for (const opened of spools) opened.close();
    }
  });
  rmSync(kept, { recursive: true, force: true });
}

/** Give some work a folder for its temporary files, which is removed afterwards, as is one that a killed run has left. */
async function withPartialFolder(
  partial: string,
  work: (partial: string) => Promise<void>,
): Promise<void> {
  const remove = () => rmSync(partial, { recursive: true, force: true });
  writing(partial, remove);
  makeFolder(partial);
  try {
    await work(partial);
  } finally {
    remove();
  }
}

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

function checkInput<S extends object, N extends object, E>(
  { name, results, stages }: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  input: Table,
  manifest: Manifest | null,
): void {
  const problem = fileProblem(results, manifest, fileOf(input));
  const source = stages.find(({ writes }) => writes.includes(input));
  if (problem)
    throw new Error(
      `stage ${stage.name} needs ${problem}: run "npm run compute -- ${name} --only ${source?.name}"`,
    );
}

/** The entries with these names. */
function select<T extends object>(values: Available<T>, names: readonly (keyof T)[]): Available<T> {
  const selected: { [K in keyof T]?: T[K] | undefined } = {};
  for (const name of names) selected[name] = values[name];
  return selected;
}

/** Open the resources that a stage declares. */
async function openResources<S extends object, N extends object, E>(
  { resources }: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
): Promise<Available<N>> {
  const opened: { [K in keyof N]?: N[K] } = {};
  for (const name of resourcesOf(stage)) {
    const resource = resources[name];
    if (resource) opened[name] = await resource.open();
  }
  return opened;
}

const tableAccess = (
  results: string,
  {
    name,
    reads,
    readsIfWritten = [],
    writes,
  }: Pick<Stage<never, never, never>, 'name' | 'reads' | 'readsIfWritten' | 'writes'>,
  stored: RowStore,
  afterwards: () => void,
): Pick<TableAccess, 'read' | 'readParts' | 'write'> => {
  const checkDeclared = (table: Table, declared: readonly Table[], list: string): void => {
    if (!declared.includes(table))
      throw new Error(`stage ${name} does not list ${table.name} in its ${list}: add it`);
  };
  return {
    read: async (table, where) => {
      if (readsIfWritten.includes(table) && !reads.includes(table)) return [];
      checkDeclared(table, reads, 'reads');
      return readParquet(join(results, fileOf(table)), table, where);
    },
    readParts: async (table, onPart, where) => {
      checkDeclared(table, reads, 'reads');
      await readParts(join(results, fileOf(table)), table, onPart, where);
    },
    write: (table, rows) => {
      checkDeclared(table, writes, 'writes');
      stored.add(table, rows);
      afterwards();
    },
  };
};

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
