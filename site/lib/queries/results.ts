import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  MANIFEST,
  type Manifest,
  readManifest,
  verify,
} from '../../../pipeline/schema/manifest.ts';

/** Where `npm run compute` leaves its tables: a folder a study, each with a manifest. */
export const RESULTS_DIR = process.env.RESULTS_DIR ?? 'data/results';

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
  const manifest = readManifest(dir, REMEDY);
  if (manifest === null) throw remedied(`${join(dir, MANIFEST)}: missing`);
  const [fault] = verify(dir, manifest);
  if (fault !== undefined) throw remedied(`${dir}/${fault}`);
  return { dir, manifest };
}

/** The error for results that another run of the pipeline would put right. */
export const remedied = (fact: string): Error => new Error(`${fact}: ${REMEDY}`);

/** As much of a hash as is shown to a reader. */
export const short = (hash: string): string => hash.slice(0, 10);

const REMEDY = 'run npm run compute';

const RANK: Readonly<Record<Manifest['kind'], number>> = { run: 0, miniature: 1, original: 2 };
