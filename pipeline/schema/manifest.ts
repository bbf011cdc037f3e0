import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { fileSha256 } from './file-sha256.ts';
import { readForeignObject } from './foreign-file.ts';
import { EVENTS, POSITION_KINDS } from './list-events.ts';
import { oneLine } from './one-line.ts';
import { writeText } from './write-text.ts';

const text = z.string();

/** The form of the study's lists, as far as a reader of its tables must know it. */
const Form = z
  .strictObject({
    /** Its name in study files. */
    name: text,
    /** How the model is asked: by a turn of its chat template, or by a text that it continues. */
    request: z.enum(['chat', 'text']),
    /** Lists shown to the model before it is asked. */
    examples: z.int().min(0),
    /** The token of each event at each kind of position: what `p_end`, `p_again` and the proxies are about. */
    events: z.record(z.enum(POSITION_KINDS), z.record(z.enum(EVENTS), text).readonly()).readonly(),
  })
  .readonly();

const provenance = {
  study: text,
  kind: z.enum(['miniature', 'run', 'original']),
  /** Whether the model was only trained to continue texts, or also to follow instructions. */
  model_kind: z.enum(['base', 'instruct']),
  form: Form,
  config_hash: text,
  seed: z.int(),
  /** Settings of all confidence intervals: number of resamples, and confidence level. */
  bootstrap: z.strictObject({ resamples: z.int(), confidence: z.number() }).readonly(),
  model: text,
  model_revision: text,
  sae_release: text.nullable(),
  /** Commits of the SAEs' repositories, or a hash of their files. */
  sae_revision: text.nullable(),
  code_version: text,
  runtime: text,
  provider: text,
  /** Processor, cores and operating system. */
  machine: text,
  /** ISO 8601. */
  date: text,
};

/**
 * How a table was computed. It is not stored in the table's file, so that equal rows give equal bytes, whatever the
 * code, machine and date.
 */
export type Provenance = z.infer<typeof Provenance>;
const Provenance = z.strictObject(provenance).readonly();

export type FileEntry = z.infer<typeof FileEntry>;
const FileEntry = z
  .strictObject({
    table: text,
    /** What one row describes. */
    row: text,
    rows: z.int().min(0),
    bytes: z.int().min(0),
    sha256: text.regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
    /** The stage that wrote it. */
    stage: text,
    metadata: Provenance,
  })
  .readonly();

/** The last run of a stage: the key that identifies what its tables depend on, the parts of the key, and the cost. */
const StageEntry = z
  .strictObject({
    key: text,
    parts: z.record(text, text).readonly(),
    /** How long the run took, and the most memory that the process had meanwhile, in MB. */
    seconds: z.number().min(0),
    peak_mb: z.number().min(0),
  })
  .readonly();

/**
 * `manifest.json` in the folder of a study's tables: for each file, how it was computed, and its hash. A corrupt
 * Parquet file may be readable without an error, so every reader checks the hash first.
 */
export type Manifest = z.infer<typeof Manifest>;
const Manifest = z
  .strictObject({
    ...provenance,
    /** The study's settings and the content of its resources at the last run of a stage, as the parts of stages have them. */
    parts: z.record(text, text).readonly().optional(),
    /** By file name, in the order written: each is in the manifest's own folder, and called as its table. */
    files: z.record(text.regex(/^\w+\.parquet$/, 'expected TABLE.parquet'), FileEntry).readonly(),
    /** By stage. */
    stages: z.record(text, StageEntry).readonly(),
  })
  .refine(
    ({ files }) => Object.entries(files).every(([file, { table }]) => file === `${table}.parquet`),
    {
      path: ['files'],
      error: 'a file that is not called as its table',
    },
  )
  .readonly();

export const MANIFEST = 'manifest.json';

/**
 * The manifest of a results folder; null where there is none.
 * @param remedy for the error message
 * @throws `data/results/x/manifest.json: seed: …: delete it and run the study again`, one line about the first fault
 */
export function readManifest(
  dir: string,
  remedy = 'delete it and run the study again',
): Manifest | null {
  const path = join(dir, MANIFEST);
  if (!existsSync(path)) return null;
  const parsed = Manifest.safeParse(readForeignObject({ path, remedy }));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  throw new Error(oneLine([path, ...(field ? [field] : []), issue?.message, remedy].join(': ')));
}

export function writeManifest(dir: string, manifest: Manifest): void {
  const path = join(dir, MANIFEST);
  writeText(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The problems of the files that the manifest lists; empty where all are intact. */
export const verify = (dir: string, manifest: Manifest): string[] =>
  Object.keys(manifest.files).flatMap((file) => fileProblem(dir, manifest, file) ?? []);

/** The problem of one file: `items.parquet: altered (…)` or `items.parquet: missing`; null where it is intact. */
export function fileProblem(dir: string, manifest: Manifest | null, file: string): string | null {
  const entry = manifest?.files[file];
  if (!entry || !existsSync(join(dir, file))) return `${file}: missing`;
  const hash = fileSha256(join(dir, file));
  if (hash === entry.sha256) return null;
  return `${file}: altered (SHA-256 ${hash.slice(0, 12)}…, the manifest has ${entry.sha256.slice(0, 12)}…)`;
}
