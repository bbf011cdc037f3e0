import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inconsistency } from '../../../pipeline/schema/consistency.ts';
import {
  MANIFEST,
  type Manifest,
  readManifest,
  verify,
} from '../../../pipeline/schema/manifest.ts';
import { placeOf } from '../study/known-studies.ts';
import { pinnedResults, type Results } from './pinned-results.ts';
import { PUBLISHED_DIR } from './published.ts';

/** Where studies' tables are: a folder a study, each with a manifest. */
export interface Folders {
  /** Where `npm run compute` leaves them. */
  readonly computed: string;
  /** Those that the repository has. */
  readonly published: string;
}

export type { Results };

export const FOLDERS: Folders = {
  computed: process.env.RESULTS_DIR ?? 'data/results',
  published: PUBLISHED_DIR,
};

/**
 * The tables of every study; those of real models first, in the order of `known-studies.ts`. Of a study that is both
 * computed and published, the computed tables are used if they are whole: every published table is among them, and every
 * one is intact. A study of released data is left out: its texts are not this project's to publish, and the report has
 * its aggregates from data/published.
 * @throws `data/results: no results: run npm run compute`
 * @throws as `openResults` does
 */
export function findResults(folders: Folders = FOLDERS): Results[] {
  const pinned = folders === FOLDERS ? pinnedResults() : null;
  return pinned ?? chooseResults(folders);
}

function chooseResults({ computed, published }: Folders): Results[] {
  const names = new Set([...studiesIn(computed), ...studiesIn(published)]);
  const found = [...names]
    .map((name) => chooseTables(join(computed, name), join(published, name), name))
    .filter(({ manifest }) => manifest.kind !== 'original');
  if (found.length === 0) throw remedied(`${computed}: no results`);
  return found.sort(({ manifest: a }, { manifest: b }) => inOrder(a, b));
}

/**
 * Read a study's manifest and check every file against it, and the files against each other. DuckDB reads an altered Parquet
 * file without complaint, so nothing may be queried before this.
 * @throws `data/results/miniature/items.parquet: altered (SHA-256 …): run npm run compute`
 * @throws `data/results/miniature: stage 2-explore has not run since its setting seed changed: run npm run compute -- miniature`
 */
export function openResults(dir: string, remedy = REMEDY): Results {
  const manifest = readManifest(dir, remedy);
  if (manifest === null) throw new Error(`${join(dir, MANIFEST)}: missing: ${remedy}`);
  const [fault] = verify(dir, manifest);
  if (fault !== undefined) throw new Error(`${dir}/${fault}: ${remedy}`);
  const mixed = manifest.kind === 'original' ? null : inconsistency(manifest);
  if (mixed !== null)
    throw new Error(
      `${dir}: ${mixed}: ${remedy === REMEDY ? `${REMEDY} -- ${manifest.study}` : remedy}`,
    );
  return { dir, place: dir, manifest, choice: null };
}

/** The error for results that another run of the pipeline would put right. */
export const remedied = (fact: string): Error => new Error(`${fact}: ${REMEDY}`);

/** As much of a hash as is shown to a reader. */
export const short = (hash: string): string => hash.slice(0, 10);

const REMEDY = 'run npm run compute';
const RESTORE = 'restore it from the repository';

function chooseTables(computed: string, published: string, name: string): Results {
  if (!hasManifest(published)) return openResults(computed);
  const offered = openResults(published, RESTORE);
  const use = (results: Results, why: string): Results => ({
    ...results,
    choice: `study ${name}: tables of ${results.dir}: ${why}`,
  });
  if (!hasManifest(computed)) return use(offered, `none in ${computed}`);
  const found = wholeResults(computed, Object.keys(offered.manifest.files));
  return typeof found === 'string'
    ? use(offered, found)
    : use(found, `every table of ${published} is there, and intact`);
}

/** Results that have the given files, each of their files intact; else the fault, in words. */
function wholeResults(dir: string, files: readonly string[]): Results | string {
  try {
    const results = openResults(dir);
    const missing = files.find((file) => !(file in results.manifest.files));
    return missing === undefined ? results : `${dir}/${missing}: missing`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}

const studiesIn = (root: string): string[] =>
  existsSync(root) ? readdirSync(root).filter((name) => hasManifest(join(root, name))) : [];

const hasManifest = (dir: string): boolean => existsSync(join(dir, MANIFEST));

const RANK: Readonly<Record<Manifest['kind'], number>> = { run: 0, miniature: 1, original: 2 };

const inOrder = (a: Manifest, b: Manifest): number =>
  RANK[a.kind] - RANK[b.kind] ||
  placeOf(a.study) - placeOf(b.study) ||
  a.study.localeCompare(b.study, 'en');
