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
import { join, relative, resolve } from 'node:path';
import { MANIFEST } from '../../pipeline/schema/manifest.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { awaitPreparation } from '../preparation.ts';
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

/** The site of a folder of results, the miniature's where none is given, served. It is built once for all tests. */
export async function servedSite(results = join(miniatureResults(), '..')) {
  const dir = join(KEPT, sourcesHash(results));
  mkdirSync(KEPT, { recursive: true });
  forgetOld();
  if (!existsSync(dir)) {
    const partial = mkdtempSync(join(KEPT, 'partial-'));
    buildSite(partial, results);
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
function sourcesHash(results: string): string {
  const sources = globSync(
    SOURCES.map((part) => `${part}{,/**}`),
    { cwd: ROOT, withFileTypes: true },
  )
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const manifests = globSync(join(results, '*', MANIFEST));
  const hash = createHash('sha256');
  for (const path of [...sources, ...manifests].sort())
    hash.update(`${relative(ROOT, path)}\n`).update(sha256(readFileSync(path)));
  return hash.digest('hex');
}

/** Build the site of a folder of results into `dir`, as `npm run build` would. */
export function buildSite(dir: string, results: string): void {
  const env = {
    ...process.env,
    BASE_PATH: BASE,
    SITE_URL: SITE,
    RESULTS_DIR: results,
    ASTRO_TELEMETRY_DISABLED: '1',
  };
  const root = privateRoot();
  try {
    run(['node_modules/astro/bin/astro.mjs', 'build', '--outDir', dir], { env, cwd: root });
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** What a build is made from, but for the results. */
const SOURCES = [
  'content',
  'site',
  'data/published',
  'pipeline/schema',
  'astro.config.mjs',
  'package.json',
  'tsconfig.json',
];

/** The site's sources in a folder of their own: two builds in one folder would write each other's pages. */
function privateRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'site-'));
  for (const part of SOURCES) cpSync(join(ROOT, part), join(root, part), { recursive: true });
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
