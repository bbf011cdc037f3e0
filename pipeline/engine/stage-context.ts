import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../schema/make-folder.ts';
import type { Table } from '../schema/table.ts';
import { writing } from '../schema/write-fault.ts';
import { readParquet, readParts } from './parquet.ts';
import { openSpool, type Spool } from './spool.ts';
import {
  type Available,
  resourcesOf,
  type Stage,
  type StageContext,
  type TableAccess,
} from './stage.ts';
import { fileOf, type Planned, type StudyRun } from './study-run.ts';

/** What differs between a stage that runs alone and one of which a shard is done. */
export type OwnAccess = Omit<TableAccess, 'read' | 'readParts'>;

/** What a stage's `run` is given: its settings as they are planned, its opened resources, its tables. */
export async function contextOf<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  planned: Planned<S>,
  own: OwnAccess,
): Promise<StageContext<S, N>> {
  return {
    settings: select({ ...run.settings, ...planned.settings }, stage.settings),
    resources: await openResources(run, stage),
    ...readingOf(run.results, stage),
    ...own,
  };
}

/** @throws where a stage reads or writes a table that it does not declare */
export function checkDeclared(
  stage: Pick<Stage<never, never, never>, 'name' | 'reads' | 'writes'>,
  table: Table,
  list: 'reads' | 'writes',
): void {
  if (!stage[list].includes(table))
    throw new Error(`stage ${stage.name} does not list ${table.name} in its ${list}: add it`);
}

/**
 * Give some work a folder for its temporary files, and spools in it. It is removed afterwards, as is one that a killed run has
 * left.
 */
export async function withPartialFolder<T>(
  partial: string,
  work: (spool: () => Spool) => Promise<T>,
): Promise<T> {
  const remove = () => rmSync(partial, { recursive: true, force: true });
  writing(partial, remove);
  makeFolder(partial);
  const spools: Spool[] = [];
  try {
    return await work(() => {
      const opened = openSpool(join(partial, `spool-${spools.length}`), 'w+');
      spools.push(opened);
      return opened;
    });
  } finally {
    for (const opened of spools) opened.close();
    remove();
  }
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

const readingOf = (
  results: string,
  stage: Pick<Stage<never, never, never>, 'name' | 'reads' | 'readsIfWritten' | 'writes'>,
): Pick<TableAccess, 'read' | 'readParts'> => ({
  read: async (table, where) => {
    const { reads, readsIfWritten = [] } = stage;
    if (readsIfWritten.includes(table) && !reads.includes(table)) return [];
    checkDeclared(stage, table, 'reads');
    return readParquet(join(results, fileOf(table)), table, where);
  },
  readParts: async (table, onPart, where) => {
    checkDeclared(stage, table, 'reads');
    await readParts(join(results, fileOf(table)), table, onPart, where);
  },
});
