import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where `npm run compute` leaves its tables: a folder a study, each with a manifest. */
export const RESULTS_DIR = process.env.RESULTS_DIR ?? 'data/results';

const Provenance = z.object({
  study: z.string(),
  kind: z.enum(['miniature', 'run', 'original']),
  config_hash: z.string(),
  seed: z.int(),
  model: z.string(),
  model_revision: z.string(),
  sae_release: z.string().nullable(),
  code_version: z.string(),
  runtime: z.string(),
  provider: z.string(),
  date: z.string(),
});

const File = z.object({
  table: z.string(),
  row: z.string(),
  rows: z.int(),
  bytes: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  metadata: Provenance,
});

const Manifest = Provenance.extend({ files: z.record(z.string(), File) });

export type Manifest = z.infer<typeof Manifest>;
export type ResultFile = z.infer<typeof File>;

/** One study's tables, every one of them as its manifest says. */
export interface Results {
  readonly dir: string;
  readonly manifest: Manifest;
}

/**
 * The results of every study under `root`; those of real models first, then by name. A study of released data is left
 * out: its texts are not this project's to publish, and the report has its aggregates from data/published.
 * @throws `data/results: no results: run npm run compute`
 * @throws as `openResults` does
 */
export function findResults(root: string): Results[] {
  const names = existsSync(root) ? readdirSync(root).sort() : [];
  const found = names
    .filter((name) => existsSync(join(root, name, MANIFEST)))
    .map((name) => openResults(join(root, name)))
    .filter(({ manifest }) => manifest.kind !== 'original');
  if (found.length === 0) throw remedied(`${root}: no results`);
  return found.sort((a, b) => RANK[a.manifest.kind] - RANK[b.manifest.kind]);
}

/**
 * Read a study's manifest and check every file against it. DuckDB reads an altered Parquet file without
 * complaint, so nothing may be queried before this.
 * @throws `data/results/miniature/items.parquet: altered (SHA-256 …): run npm run compute`
 */
export function openResults(dir: string): Results {
  const manifest = readManifest(join(dir, MANIFEST));
  for (const [name, { sha256 }] of Object.entries(manifest.files)) {
    const path = join(dir, name);
    if (!existsSync(path)) throw remedied(`${path}: missing`);
    const found = createHash('sha256').update(readFileSync(path)).digest('hex');
    if (found !== sha256)
      throw remedied(
        `${path}: altered (SHA-256 ${short(found)}, the manifest has ${short(sha256)})`,
      );
  }
  return { dir, manifest };
}

/** The error for results that another run of the pipeline would put right. */
export const remedied = (fact: string): Error => new Error(`${fact}: run npm run compute`);

/** As much of a hash as is shown to a reader. */
export const short = (hash: string): string => hash.slice(0, 10);

const MANIFEST = 'manifest.json';

const RANK: Readonly<Record<Manifest['kind'], number>> = { run: 0, miniature: 1, original: 2 };

function readManifest(path: string): Manifest {
  const parsed = Manifest.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  const { path: at, message } = parsed.error.issues[0]!;
  throw remedied(`${path}: ${at.join('.')}: ${message}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw remedied(`${path}: not JSON`);
  }
}
