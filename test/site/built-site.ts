import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { MANIFEST } from '../../pipeline/schema/manifest.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { awaitPreparation } from '../preparation.ts';
import { watch } from '../watch.ts';
import { serve } from './serve.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Where the tests publish the site: under a path, as on a project's page. */
const BASE = '/list/';
export const SITE = 'https://site.example';

/** The folder of the miniature's results; computed first where there are none. @param shown with its progress */
export function miniatureResults({ shown = false } = {}): string {
  awaitPreparation();
  const dir = join(resolve(process.env.RESULTS_DIR ?? join(ROOT, 'data/results')), 'miniature');
  if (!existsSync(dir)) run(['pipeline/commands/compute.ts', 'miniature'], { shown });
  return dir;
}

/** A folder that holds the miniature's results, and no other study's. */
function miniatureAlone(): string {
  const root = mkdtempSync(join(tmpdir(), 'miniature-'));
  process.once('exit', () => rmSync(root, { recursive: true }));
  symlinkSync(miniatureResults(), join(root, 'miniature'));
  return root;
}

/**
 * The site of a folder of results, the miniature's alone where none is given, served. It is built once for all tests.
 * @param published a folder of published studies, in place of those of the repository
 */
export async function servedSite(results = miniatureAlone(), published?: string) {
  const dir = join(KEPT, sourcesHash(results, published));
  mkdirSync(KEPT, { recursive: true });
  forgetOld();
  if (!existsSync(dir)) {
    const partial = mkdtempSync(join(KEPT, 'partial-'));
    buildSite(partial, results, published);
    renameSync(partial, dir);
  }
  return { dir, ...(await serveBuilt(dir)) };
}

/** A test beside this one may be served a site that was built a while ago. */
function forgetOld(): void {
  for (const name of readdirSync(KEPT)) {
    const path = join(KEPT, name);
    if (Date.now() - statSync(path).mtimeMs > HOUR) rmSync(path, { recursive: true, force: true });
  }
}

const HOUR = 3_600_000;

export const serveBuilt = (dir: string) => serve(dir, BASE);

/** Sites that were built for tests in the last hour; safe to delete. */
const KEPT = join(ROOT, '.cache/test-site');

/** Of all that a build reads: the sources that it is given, and the manifests, which have the hash of every table. */
function sourcesHash(results: string, published?: string): string {
  const sources = globSync(
    SOURCES.map((part) => `${part}{,/**}`),
    { cwd: ROOT, withFileTypes: true },
  )
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !isPublishedStudy(path));
  const hash = createHash('sha256');
  for (const path of sources.sort())
    hash.update(`${relative(ROOT, path)}\n`).update(sha256(readFileSync(path)));
  for (const root of [results, ...(published === undefined ? [] : [published])])
    for (const path of globSync(join(root, '*', MANIFEST)).sort())
      hash.update(`${relative(root, path)}\n`).update(sha256(readFileSync(path)));
  return hash.digest('hex');
}

/** Whether a path lies in a study of the repository's published ones, which tests leave out: their sites are small. */
const isPublishedStudy = (path: string): boolean => dirname(dirname(path)) === PUBLISHED;

const PUBLISHED = join(ROOT, 'data/published');

/**
 * Build the site of a folder of results into `dir`, as `npm run build` does, and watched: a name that is looked up, or a
 * file outside, is an error.
 * @param published a folder of published studies, in place of those of the repository
 */
export function buildSite(dir: string, results: string, published?: string): void {
  const watched = mkdtempSync(join(tmpdir(), 'watch-'));
  const { env: watching, seen } = watch(watched);
  const { args, env } = buildCommand(dir, results);
  const root = privateRoot(published);
  try {
    run(args, { env: { ...watching, ...env }, cwd: root });
    const [first] = seen();
    if (first !== undefined) throw new Error(`the build left the project: ${first}`);
  } finally {
    for (const folder of [root, watched]) rmSync(folder, { recursive: true });
  }
}

/** The arguments of Node, and the variables of the environment, that build the site in a folder as `privateRoot` makes it. */
export const buildCommand = (dir: string, results: string) => ({
  args: [join(ROOT, 'pipeline/commands/site.ts'), 'build', '--outDir', dir],
  env: { BASE_PATH: BASE, SITE_URL: SITE, RESULTS_DIR: results },
});

/** What a build is made from, but for the results. */
const SOURCES = [
  'CITATION.cff',
  'content',
  'site',
  'data/published',
  'data/models/miniature',
  // Of the pipeline, what the report imports, and what the page try/ runs in a browser.
  ...[
    ...['schema', 'live', 'graph', 'stats', 'engine', 'sources', 'lists', 'models', 'subjects'],
    ...['runtime', 'interp', 'miniature'],
  ].map((room) => `pipeline/${room}`),
  'astro.config.mjs',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** The site's sources in a folder of their own: two builds in one folder would write each other's pages. */
export function privateRoot(published?: string): string {
  const root = mkdtempSync(join(tmpdir(), 'site-'));
  for (const part of SOURCES)
    cpSync(join(ROOT, part), join(root, part), {
      recursive: true,
      filter: (path) => !isPublishedStudy(path),
    });
  if (published !== undefined) cpSync(published, join(root, 'data/published'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

function run(args: readonly string[], { env = process.env, cwd = ROOT, shown = false }): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: shown ? 'inherit' : 'pipe',
  });
  if (status !== 0)
    throw new Error(`node ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}`);
}
