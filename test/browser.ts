import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const ROOT = join(import.meta.dirname, '..');
/** Unpacked browsers and sites built for tests; safe to delete. */
const CACHE = join(ROOT, '.cache');
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

/**
 * The browser of all tests and benchmarks: the one that CHROME_PATH names, else the Chromium of the npm package
 * `@sparticuz/chromium`. Either has the same fonts.
 * @throws `no browser at …: …`, `the bundled Chromium runs on linux x64, not on …: …`
 */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  const { executablePath, env } = chosenBrowser();
  return chromium.launch({
    executablePath,
    env: { ...process.env, FONTCONFIG_FILE: join(import.meta.dirname, 'fonts.conf'), ...env },
    args: [...FLAGS, ...flags],
  });
}

/** Environment variables with which WebGPU finds the bundled Chromium's software adapter; null where it cannot run. */
export function softwareAdapter(): NodeJS.ProcessEnv | null {
  if (!RUNS) return null;
  const dir = unpackedChromium();
  return { LD_LIBRARY_PATH: dir, VK_ICD_FILENAMES: join(dir, 'vk_swiftshader_icd.json') };
}

function chosenBrowser(): { executablePath: string; env: NodeJS.ProcessEnv } {
  const named = process.env.CHROME_PATH;
  if (!named) return bundledBrowser();
  if (!existsSync(named))
    throw new Error(`no browser at ${named}: correct CHROME_PATH, or unset it for the bundled one`);
  return { executablePath: named, env: {} };
}

const PLATFORM = `${process.platform} ${process.arch}`;
const RUNS = PLATFORM === 'linux x64';

function bundledBrowser() {
  if (!RUNS)
    throw new Error(`the bundled Chromium runs on linux x64, not on ${PLATFORM}: set CHROME_PATH`);
  const dir = unpackedChromium();
  return {
    executablePath: join(dir, 'chromium'),
    env: { LD_LIBRARY_PATH: join(dir, 'al2023/lib') }, // NSS and expat, which a bare machine lacks
  };
}

/**
 * The folder of the bundled Chromium, its libraries and its software Vulkan. They are unpacked once, into a folder that
 * then gets its name: a test that runs beside this one sees all files or none.
 */
function unpackedChromium(): string {
  const dir = join(CACHE, `chromium-${chromiumVersion()}`);
  if (existsSync(dir)) return dir;
  mkdirSync(CACHE, { recursive: true });
  const partial = mkdtempSync(join(CACHE, 'partial-chromium-'));
  try {
    unpackChromium(partial);
    renameSync(partial, dir);
  } catch (error) {
    rmSync(partial, { recursive: true });
    if (!existsSync(dir)) throw error; // else another test was first
  }
  return dir;
}

function chromiumVersion(): string {
  const file = join(ROOT, 'node_modules/@sparticuz/chromium/package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** The package unpacks into the folder for temporary files, and brings the libraries only on what it takes for AWS. */
function unpackChromium(dir: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', UNPACK], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: dir, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the bundled Chromium could not be unpacked: ${stderr}`);
}

const UNPACK =
  "const { default: chromium } = await import('@sparticuz/chromium'); await chromium.executablePath();";
