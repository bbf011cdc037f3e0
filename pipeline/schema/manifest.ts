import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const text = z.string();

const provenance = {
  study: text,
  kind: z.enum(['miniature', 'run', 'original']),
  config_hash: text,
  seed: z.int(),
  /** Of every interval: how often topics are drawn again, and the share of the results within. */
  bootstrap: z.strictObject({ resamples: z.int(), confidence: z.number() }).readonly(),
  model: text,
  model_revision: text,
  sae_release: text.nullable(),
  /** Commits of the SAEs' repositories, or the hash of their files. */
  sae_revision: text.nullable(),
  code_version: text,
  runtime: text,
  provider: text,
  /** Processor, cores, and the system. */
  machine: text,
  /** ISO 8601. */
  date: text,
};

/**
 * How a table was made. None of it stands in the table's file, so that equal content gives equal bytes, whatever code,
 * machine and day it comes from.
 */
export type Provenance = z.infer<typeof Provenance>;
const Provenance = z.strictObject(provenance).readonly();

export type FileEntry = z.infer<typeof FileEntry>;
const FileEntry = z
  .strictObject({
    table: text,
    /** What one row is. */
    row: text,
    rows: z.int().min(0),
    bytes: z.int().min(0),
    sha256: text.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
    /** The stage that wrote it. */
    stage: text,
    metadata: Provenance,
  })
  .readonly();

/** When a stage last ran: the key under which its tables count as up to date, and the parts that the key is made of. */
const StageEntry = z.strictObject({ key: text, parts: z.record(text, text).readonly() }).readonly();

/**
 * `manifest.json` beside a study's tables: which files there are, how they came to be, and the hash that
 * each must have. A Parquet file with flipped bytes can be read without an error, so every reader checks
 * the hash first.
 */
export type Manifest = z.infer<typeof Manifest>;
const Manifest = z
  .strictObject({
    ...provenance,
    /** By file name, in the order written. */
    files: z.record(text, FileEntry).readonly(),
    /** By stage. */
    stages: z.record(text, StageEntry).readonly(),
  })
  .readonly();

export const MANIFEST = 'manifest.json';

/**
 * The manifest of a results folder, or null where there is none yet.
 * @param remedy what a reader of the error message can do
 * @throws `data/results/x/manifest.json: seed: …: delete it and run the study again`, one line, the first fault
 */
export function readManifest(
  dir: string,
  remedy = 'delete it and run the study again',
): Manifest | null {
  const path = join(dir, MANIFEST);
  if (!existsSync(path)) return null;
  const parsed = Manifest.safeParse(readJson(path, remedy));
  if (parsed.success) return parsed.data;
  const { path: field, message } = parsed.error.issues[0]!;
  throw new Error(
    [path, ...(field.length > 0 ? [field.join('.')] : []), message, remedy].join(': '),
  );
}

export function writeManifest(dir: string, manifest: Manifest): void {
  const path = join(dir, MANIFEST);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(`${path}.tmp`, path);
}

/** What is wrong with each file that the manifest lists; an empty list where all is well. */
export const verify = (dir: string, manifest: Manifest): string[] =>
  Object.keys(manifest.files).flatMap((file) => fileProblem(dir, manifest, file) ?? []);

/** What is wrong with one file: `items.parquet: altered (…)`, `items.parquet: missing`, or null. */
export function fileProblem(dir: string, manifest: Manifest | null, file: string): string | null {
  const entry = manifest?.files[file];
  if (!entry || !existsSync(join(dir, file))) return `${file}: missing`;
  const found = sha256(readFileSync(join(dir, file)));
  if (found === entry.sha256) return null;
  return `${file}: altered (SHA-256 ${found.slice(0, 12)}…, the manifest has ${entry.sha256.slice(0, 12)}…)`;
}

export const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');

function readJson(path: string, remedy: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`${path}: not JSON: ${remedy}`);
  }
}
