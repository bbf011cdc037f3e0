import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `manifest.json` beside a study's tables: which files there are, how they came to be, and the hash that
 * each must have. A Parquet file with flipped bytes can be read without an error, so every reader checks
 * the hash first.
 */
export interface Manifest extends Provenance {
  /** By file name, in the order written. */
  readonly files: Readonly<Record<string, FileEntry>>;
}

export interface FileEntry {
  readonly table: string;
  /** What one row is. */
  readonly row: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** The stage that wrote it, and the key under which it counts as up to date. */
  readonly stage: string;
  readonly stage_key: string;
  readonly metadata: Provenance;
}

/** How a table was made. All but the date also stand in the Parquet file as key-value metadata. */
export interface Provenance {
  readonly study: string;
  readonly kind: 'miniature' | 'run' | 'original';
  readonly config_hash: string;
  readonly seed: number;
  readonly model: string;
  readonly model_revision: string;
  readonly sae_release: string | null;
  /** Commits of the SAEs' repositories, or the hash of their files. */
  readonly sae_revision: string | null;
  readonly code_version: string;
  readonly runtime: string;
  readonly provider: string;
  /** ISO 8601. Left out of the Parquet files, so that the same seed gives the same bytes. */
  readonly date: string;
}

export const MANIFEST = 'manifest.json';

/**
 * The manifest of a results folder, or null where there is none yet.
 * @throws where it is not JSON
 */
export function readManifest(dir: string): Manifest | null {
  const path = join(dir, MANIFEST);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch {
    throw new Error(`${path}: not JSON: delete it and run the study again`);
  }
}

export function writeManifest(dir: string, manifest: Manifest): void {
  const path = join(dir, MANIFEST);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(`${path}.tmp`, path);
}

/** What is wrong with each file that the manifest lists; an empty list where all is well. */
export const verify = (dir: string, manifest: Manifest): string[] =>
  Object.keys(manifest.files).flatMap((file) => problem(dir, manifest, file) ?? []);

/** What is wrong with one file: `items.parquet: altered (…)`, `items.parquet: missing`, or null. */
export function problem(dir: string, manifest: Manifest | null, file: string): string | null {
  const entry = manifest?.files[file];
  if (!entry || !existsSync(join(dir, file))) return `${file}: missing`;
  const found = sha256(readFileSync(join(dir, file)));
  if (found === entry.sha256) return null;
  return `${file}: altered (SHA-256 ${found.slice(0, 12)}…, the manifest has ${entry.sha256.slice(0, 12)}…)`;
}

export const sha256 = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');
