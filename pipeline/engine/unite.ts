import { copyFileSync, existsSync, linkSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../schema/make-folder.ts';
import { readManifest } from '../schema/manifest.ts';
import { discard, writing } from '../schema/write-fault.ts';
import type { Cost } from './cost.ts';
import { keptFolder, keyFolder } from './kept.ts';
import { changedParts, type KeyParts, keyOf, keyParts } from './key.ts';
import { partialOf } from './settle.ts';
import {
  damagedFiles,
  readShard,
  type Shard,
  type ShardEntry,
  shardCommand,
  shardFolder,
  shardParts,
  stageFolder,
} from './shard.ts';
import type { Stage } from './stage.ts';
import { summary } from './staleness.ts';
import type { StudyRun } from './study-run.ts';

/** All shards of a stage, each checked. */
export interface United {
  readonly stage: string;
  /** Paths of their files, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly costs: readonly Cost[];
  /** What they were computed on, each once. */
  readonly machines: readonly string[];
}

/** Shards that are there, or why they cannot be united: one line, with the remedy. */
export type Checked = { readonly united: United } | { readonly problem: string };

/** Where the shards of a study are, and how many there have to be. */
export interface ShardsIn {
  readonly dir: string;
  /** As many as there are where left out. */
  readonly of?: number | undefined;
}

/** Check that every shard of a stage is there once, whole, and of the stage's present key. */
export async function checkShards<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  { dir, of }: ShardsIn,
): Promise<Checked> {
  const planned = await run.plan(stage);
  const parts = shardParts(run, stage, readManifest(run.results), planned);
  const counts = of === undefined ? countsIn(dir, stage.name, parts) : [of];
  const [count] = counts;
  if (count === undefined)
    return {
      problem: `${stage.name}: no shard is there: run "${shardCommand(run.name, { number: 1, of: 2 })}", or with more shards, and all the others`,
    };
  if (counts.length > 1)
    return {
      problem: `${stage.name}: its units are there more than once, in shards of ${counts.join(' and of ')}: name one number with --shards`,
    };
  const shards = Array.from({ length: count }, (_, i) => ({ number: i + 1, of: count, dir }));
  const found = shards.map((shard) => findShard(run.name, stage.name, { shard, parts }));
  const faulty = found.flatMap((one, i) => ('fault' in one ? [{ ...one, ...shards[i]! }] : []));
  if (faulty.length > 0) {
    const what = faulty.map(({ number, fault }) => `shard ${number} of ${count} ${fault}`);
    const remedy = `run ${faulty.length > 1 ? 'each' : 'it'} again: "${shardCommand(run.name, faulty[0]!)}"`;
    return { problem: `${stage.name}: ${what.join('; ')}: ${remedy}` };
  }
  const whole = found.flatMap((one) => ('entry' in one ? [one] : []));
  const problem = unitsProblem(whole.map(({ entry }) => entry));
  if (problem !== null) return { problem: `${stage.name}: ${problem}` };
  return { united: unitedOf(stage.name, whole) };
}

/** The numbers of shards into which a stage was divided, as far as shards are there: those of this key, else of any. */
function countsIn(dir: string, stage: string, parts: KeyParts): number[] {
  const folder = stageFolder(dir, stage);
  const countsOf = (key: string): number[] =>
    namesIn(join(folder, key)).flatMap((name) => {
      const [, of] = /^\d+-of-(\d+)$/.exec(name) ?? [];
      return of === undefined ? [] : [Number(of)];
    });
  const own = countsOf(keyFolder(keyOf(parts)));
  const counts = own.length > 0 ? own : namesIn(folder).flatMap(countsOf);
  return [...new Set(counts)].sort((a, b) => a - b);
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

interface FoundShard {
  readonly entry: ShardEntry;
  readonly folder: string;
}

/** A whole shard of the key that is given, or what is wrong with it. */
function findShard(
  study: string,
  stage: string,
  { shard, parts }: { readonly shard: Shard; readonly parts: KeyParts },
): FoundShard | { readonly fault: string } {
  const folder = shardFolder(shard, stage, parts);
  let entry: ShardEntry | null;
  try {
    entry = readShard(folder);
  } catch (error) {
    return { fault: `cannot be read (${(error as Error).message})` };
  }
  if (entry === null) return { fault: missingOrOther(shard, stage, parts) };
  const own = { study, stage, shard: shard.number, of: shard.of, key: keyOf(parts) };
  const other = Object.entries(own).find(
    ([name, value]) => entry[name as keyof typeof own] !== value,
  );
  if (other !== undefined) {
    const [name] = other as [keyof typeof own, unknown];
    return { fault: `is that of ${name} ${entry[name]}: delete ${folder}` };
  }
  const [damaged] = damagedFiles(folder, entry);
  return damaged === undefined ? { entry, folder } : { fault: `is damaged (${damaged})` };
}

/** A shard that is not there of this key may be there of another one. */
function missingOrOther({ number, of, dir }: Shard, stage: string, parts: KeyParts): string {
  const folder = stageFolder(dir, stage);
  const others = namesIn(folder).flatMap(
    (key) => readShard(join(folder, key, `${number}-of-${of}`)) ?? [],
  );
  const [other] = others;
  if (other === undefined) return 'is missing';
  return `has another key (changed: ${summary(changedParts(other.parts, parts))})`;
}

/** Why shards do not make up a stage: of a unit that is missing or doubled; null where they do. */
function unitsProblem(entries: readonly ShardEntry[]): string | null {
  const units = Math.max(...entries.map((entry) => entry.units));
  const apart = entries.find((entry) => entry.units !== units);
  const again = 'delete their folder, and run them again';
  if (apart !== undefined)
    return `shard ${apart.shard} of ${apart.of} has divided it into ${apart.units} units, another one into ${units}: ${again}`;
  for (const unit of Array(units).keys()) {
    const owners = entries.filter(({ own }) => own.includes(unit)).map(({ shard }) => shard);
    if (owners.length === 0) return `unit ${unit + 1} of ${units} is in no shard: ${again}`;
    if (owners.length > 1)
      return `unit ${unit + 1} of ${units} is in shards ${owners.join(' and ')}: ${again}`;
  }
  const names = entries.flatMap(({ files }) => Object.keys(files));
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  return doubled === undefined ? null : `${doubled} is in two shards: ${again}`;
}

const unitedOf = (stage: string, shards: readonly FoundShard[]): United => ({
  stage,
  files: new Map(
    shards.flatMap(({ entry, folder }) =>
      Object.keys(entry.files).map((name) => [name, join(folder, name)]),
    ),
  ),
  costs: shards
    .filter(({ entry }) => entry.own.length > 0)
    .map(({ entry: { seconds, peak_mb } }) => ({ seconds, peak_mb })),
  machines: [...new Set(shards.map(({ entry }) => entry.machine))].sort(),
});

/** Put what shards have kept where the stage finds it, as if it had been interrupted after all of it. */
export function placeShards<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  { files }: United,
): void {
  const key = keyOf(keyParts(run, stage, readManifest(run.results)));
  const folder = join(keptFolder(run.results, stage.name), keyFolder(key));
  makeFolder(folder);
  for (const [name, path] of files) placeFile(path, join(folder, name));
}

/** Give a file a second name, in the place of any other file; on another disk, or one without links, copy it. */
function placeFile(from: string, to: string): void {
  const partial = partialOf(to);
  writing(to, () => {
    try {
      try {
        linkSync(from, partial);
      } catch {
        copyFileSync(from, partial);
      }
      renameSync(partial, to);
    } finally {
      discard(partial); // it is still there where both were one file before
    }
  });
}
