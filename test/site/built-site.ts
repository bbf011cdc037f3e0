import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { serve } from './serve.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHROME = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where the tests publish the site: under a path, as on a project's page. */
const BASE = '/list/';
export const SITE = 'https://site.example';

/** The folder of the miniature's results; computed first where there are none. */
export function miniatureResults(): string {
  const dir = join(resolve(process.env.RESULTS_DIR ?? join(ROOT, 'data/results')), 'miniature');
  if (!existsSync(dir)) run(['pipeline/compute.ts', 'miniature'], process.env);
  return dir;
}

/** The site of a folder of results, the miniature's where none is given, built into `dir` and served. */
export async function servedSite(dir: string, results = join(miniatureResults(), '..')) {
  const env = {
    ...process.env,
    BASE_PATH: BASE,
    SITE_URL: SITE,
    RESULTS_DIR: results,
    ASTRO_TELEMETRY_DISABLED: '1',
  };
  const root = privateRoot();
  try {
    run(['node_modules/astro/bin/astro.mjs', 'build', '--outDir', dir], env, root);
  } finally {
    rmSync(root, { recursive: true });
  }
  return serve(dir, BASE);
}

/** The site's sources in a folder of their own: two builds in one folder would write each other's pages. */
function privateRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'site-'));
  for (const part of [
    'content',
    'site',
    'data/published',
    'astro.config.mjs',
    'package.json',
    'tsconfig.json',
  ])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return root;
}

/** @throws `no browser at /usr/bin/chromium: install chromium, or set CHROME_PATH` */
export function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  if (!existsSync(CHROME))
    throw new Error(`no browser at ${CHROME}: install chromium, or set CHROME_PATH`);
  return chromium.launch({ executablePath: CHROME, args: [...FLAGS, ...flags] });
}

function run(args: readonly string[], env: NodeJS.ProcessEnv, cwd = ROOT): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${stdout}${stderr}`);
}
