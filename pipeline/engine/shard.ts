import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileSha256 } from '../schema/file-sha256.ts';
import { readForeignObject } from '../schema/foreign-file.ts';
import type { Manifest } from '../schema/manifest.ts';
import { oneLine } from '../schema/one-line.ts';
import { keyFolder } from './kept.ts';
import { type KeyParts, keyOf, keyParts } from './key.ts';
import { settleText } from './settle.ts';
import type { Stage } from './stage.ts';
import type { Planned, StudyRun } from './study-run.ts';

/** One of the shards into which the work of a study is divided. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** Folder of the study's shards. */
  readonly dir: string;
}

const text = z.string();
const count = z.int().min(0);

/** `shard.json`: what a shard has done of a stage. It is written when all of it is on the disk. */
export type ShardEntry = z.infer<typeof ShardEntry>;
const ShardEntry = z
  .strictObject({
    study: text,
    stage: text,
    shard: z.int().min(1),
    of: z.int().min(1),
    key: text,
    parts: z.record(text, text).readonly(),
    /** Units of the stage, and the indices of those that this shard has done. */
    units: count,
    own: z.array(count).readonly(),
    /** Its files: those of the parts that it keeps. */
    files: z.record(text, z.strictObject({ bytes: count, sha256: text }).readonly()).readonly(),
    seconds: z.number().min(0),
    peak_mb: z.number().min(0),
    machine: text,
  })
  .readonly();

export const SHARD = 'shard.json';

/** Everything that a shard of a stage depends on: what the stage does, and what has been planned for this machine. */
export function shardParts<S extends object, N extends object, E>(
  run: StudyRun<S, N, E>,
  stage: Stage<S, N, E>,
  manifest: Manifest | null,
  { settings }: Planned<S>,
): KeyParts {
  const planned = Object.entries(settings).map(([name, value]) => [
    `planned ${name}`,
    JSON.stringify(value),
  ]);
  const { provider } = run.provenance;
  return { ...keyParts(run, stage, manifest), ...Object.fromEntries(planned), provider };
}

/** Folder of a stage's shards, those of each key in a folder of it. */
export const stageFolder = (dir: string, stage: string): string => join(dir, stage);

export const shardFolder = ({ number, of, dir }: Shard, stage: string, parts: KeyParts): string =>
  join(stageFolder(dir, stage), keyFolder(keyOf(parts)), `${number}-of-${of}`);

/** @returns null where there is none */
export function readShard(folder: string): ShardEntry | null {
  const path = join(folder, SHARD);
  if (!existsSync(path)) return null;
  const remedy = 'delete it, and run the shard again';
  const parsed = ShardEntry.safeParse(readForeignObject({ path, remedy }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(oneLine(`${path}: ${issue?.path.join('.')}: ${issue?.message}: ${remedy}`));
}

export const writeShard = (folder: string, entry: ShardEntry): void =>
  settleText(join(folder, SHARD), `${JSON.stringify(entry, null, 2)}\n`);

/** A shard's file as its entry has it. */
export const describeFile = (folder: string, name: string): ShardEntry['files'][string] => {
  const path = join(folder, name);
  return { bytes: statSync(path).size, sha256: fileSha256(path) };
};

/** The files of a shard that are not there as its entry says. */
export const damagedFiles = (folder: string, { files }: ShardEntry): string[] =>
  Object.entries(files)
    .filter(([name, { bytes, sha256 }]) => {
      const path = join(folder, name);
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      return size !== bytes || fileSha256(path) !== sha256;
    })
    .map(([name]) => name);

/** The command that runs a shard. */
export const shardCommand = (study: string, { number, of }: Pick<Shard, 'number' | 'of'>): string =>
  `npm run compute -- ${study} --shards ${of} --shard ${number}`;
