import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from '../schema/manifest.ts';
import type { Row, Table } from '../schema/table.ts';
import { checkInputs } from './check-inputs.ts';
import { measureCost } from './cost.ts';
import type { Divide } from './divide.ts';
import { type Keeping, keepIn, partOf } from './kept.ts';
import { keyOf } from './key.ts';
import type { Progress } from './progress.ts';
import {
  damagedFiles,
  describeFile,
  readShard,
  SHARD,
  type Shard,
  type ShardEntry,
  shardFolder,
  shardParts,
  writeShard,
} from './shard.ts';
import type { Stage } from './stage.ts';
import { contextOf, type OwnAccess, withPartialFolder } from './stage-context.ts';
import type { StudyRun } from './study-run.ts';
import { ownerOf, shareOf } from './waves.ts';

/** What a shard has of a stage. */
export type ShardOutcome = Pick<ShardEntry, 'own' | 'units'> & {
  /** Whether it was there before. */
  readonly wasDone: boolean;
};

/**
 * Do one shard's units of a stage, each kept in the shard's folder as it is done; one that was interrupted goes on with the next.
 * Nothing else is written. The same shard may run twice at once, as where a machine that was given up is still alive: each file
 * stays as the first one has written it.
 * @throws where an input is missing or altered, the stage fails, or the disk is full or read-only
 */
export async function runShard<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  shard: Shard,
  progress: Progress,
): Promise<ShardOutcome> {
  const manifest = readManifest(run.results);
  checkInputs(run, stage, manifest);
  const planned = await run.plan(stage);
  const parts = shardParts(run, stage, manifest, planned);
  const folder = shardFolder(shard, stage.name, parts);
  const before = wholeShard(folder);
  if (before !== null) return { ...before, wasDone: true };
  const files = new Set<string>();
  const keeping = keepIn(folder, (name) => files.add(name));
  const units: Units = { units: 0, own: [] };
  const partial = join(folder, `.partial-${crypto.randomUUID()}`);
  const cost = await withPartialFolder(partial, (spool) => {
    const work = async (write: OwnAccess['write']) => {
      const divide = divideInto(shard, units);
      const own = { ...keeping, divide, spool, write, progress };
      await stage.run(await contextOf(run, stage, planned, own));
    };
    return measureCost(async () => {
      if (shareOf(stage) === 'divided') await untilDivided(work);
      else if (ownsWhole(run, stage, shard, units)) await keepRows(keeping, work);
    });
  });
  const entry: ShardEntry = {
    study: run.name,
    stage: stage.name,
    shard: shard.number,
    of: shard.of,
    key: keyOf(parts),
    parts,
    ...units,
    files: Object.fromEntries([...files].sort().map((name) => [name, describeFile(folder, name)])),
    ...cost,
    machine: run.provenance.machine,
  };
  writeShard(folder, entry);
  return { ...entry, wasDone: false };
}

/** Number of units of a stage, and those of a shard, once they are known. */
interface Units {
  units: number;
  own: readonly number[];
}

/** Ends a stage's `run` where its work is divided. */
class ShardDone extends Error {}

/** Units are dealt like cards: those beside each other take about the same time. */
const divideInto =
  ({ number, of }: Shard, found: Units): Divide =>
  async (units, work) => {
    const own = [...units.keys()].filter((unit) => unit % of === number - 1);
    Object.assign(found, { units: units.length, own });
    if (own.length > 0) await work(own.map((unit) => units[unit]!));
    throw new ShardDone('the shard has done its units');
  };

/** Run a stage as far as its work is divided. One that has nothing to divide ends by itself. */
async function untilDivided(work: (write: OwnAccess['write']) => Promise<void>): Promise<void> {
  try {
    await work(() => {}); // tables are written where shards are united
  } catch (error) {
    if (!(error instanceof ShardDone)) throw error;
  }
}

/** Whether a shard is the one that computes a stage as a whole: its one unit. */
function ownsWhole<S extends object, N extends object, E>(
  { stages }: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  { number, of }: Shard,
  found: Units,
): boolean {
  const isOwn = ownerOf(stages, stage, of) === number;
  Object.assign(found, { units: 1, own: isOwn ? [0] : [] });
  return isOwn;
}

/** Name of the part that has all rows of a stage. */
const ROWS = 'rows';

/** Rows of one table, as `write` was given them. */
type Written = readonly [table: string, rows: readonly Row<Table>[]];

/** Keep what a whole stage writes. */
async function keepRows(
  { keepMany }: Keeping,
  work: (write: OwnAccess['write']) => Promise<void>,
): Promise<void> {
  await keepMany<Written>(ROWS, async (put) => {
    let written = 0;
    await work((table, rows) => put(written++, [table.name, rows]));
  });
}

/** Write what a whole stage has written in its shard. */
export const writeKeptRows =
  ({ writes }: Pick<Stage<never, never, never>, 'writes'>) =>
  async ({ keepMany, write }: OwnAccess): Promise<void> => {
    const missing = async () => {
      throw new Error(`${ROWS}: not among what the shards have kept: run them again`);
    };
    for (const [name, rows] of await keepMany<Written>(ROWS, missing))
      write(writes.find((table) => table.name === name)!, rows);
  };

/** Whether a shard has done its units of a stage, whose inputs are there. */
export async function isShardDone<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  shard: Shard,
): Promise<boolean> {
  const parts = shardParts(run, stage, readManifest(run.results), await run.plan(stage));
  const folder = shardFolder(shard, stage.name, parts);
  const entry = readShard(folder);
  return entry !== null && damagedFiles(folder, entry).length === 0;
}

/** What is there of a shard, if it is whole; else what is damaged of it is removed, so that it is done again. */
function wholeShard(folder: string): ShardEntry | null {
  const entry = readShard(folder);
  if (entry === null) return null;
  const damaged = damagedFiles(folder, entry).map(partOf);
  if (damaged.length === 0) return entry;
  const removed = Object.keys(entry.files).filter((name) => damaged.includes(partOf(name)));
  for (const name of [SHARD, ...removed]) rmSync(join(folder, name), { force: true });
  return null;
}
