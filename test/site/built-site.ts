import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

/** The site of the miniature's results, built into `dir` and served; computed first where there are none. */
export async function servedSite(dir: string) {
  const env = { ...process.env, BASE_PATH: BASE, ASTRO_TELEMETRY_DISABLED: '1' };
  if (process.env.RESULTS_DIR === undefined && !existsSync(join(ROOT, 'data/results/miniature')))
    run(['pipeline/compute.ts', 'miniature'], env);
  run(['node_modules/astro/bin/astro.mjs', 'build', '--outDir', dir], env);
  return serve(dir, BASE);
}

/** @throws `no browser at /usr/bin/chromium: install chromium, or set CHROME_PATH` */
export function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROME))
    throw new Error(`no browser at ${CHROME}: install chromium, or set CHROME_PATH`);
  return chromium.launch({ executablePath: CHROME, args: FLAGS });
}

function run(args: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${stdout}${stderr}`);
}
