import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** The file's name; `.cdx.json` is what CycloneDX calls its own. */
export const MATERIALS = 'materials.cdx.json';

const once: { materials?: Promise<string | null> } = {};

/**
 * Every package of the lock file as CycloneDX JSON, by npm: the same on every machine and at any time. Those for development
 * alone are marked, not left out: with `--omit=dev`, npm 11 leaves out packages that run, too. Null where this machine has
 * no npm that can.
 */
export function billOfMaterials(): Promise<string | null> {
  once.materials ??= makeBill();
  return once.materials;
}

/** Arguments of npm under which it asks no registry, and writes nothing outside the project. */
const ARGUMENTS = [
  'sbom',
  '--sbom-format=cyclonedx',
  '--sbom-type=application',
  '--package-lock-only',
  // Without these, npm's settings and NODE_ENV, which is "production" in a build, leave packages out.
  '--include=dev',
  '--include=optional',
  '--include=peer',
  '--offline',
  '--no-update-notifier',
  '--logs-max=0',
  '--cache=.cache/npm',
];

async function makeBill(): Promise<string | null> {
  const isWindows = process.platform === 'win32';
  const written = await promisify(execFile)('npm', ARGUMENTS, {
    shell: isWindows, // npm is a script there
    maxBuffer: 2 ** 28,
  }).catch(() => null);
  return written && `${JSON.stringify(withoutMoment(JSON.parse(written.stdout)), null, 1)}\n`;
}

interface Bill {
  serialNumber?: string;
  metadata: { timestamp?: string; tools?: unknown; component: { name: string } };
}

/** Without the time, the random number and the version of npm; the project is called as in package.json, not as its folder. */
function withoutMoment({ serialNumber: _, metadata, ...bill }: Bill): object {
  const { timestamp: _time, tools: _tools, component, ...others } = metadata;
  const { name } = JSON.parse(readFileSync('package.json', 'utf8'));
  return { ...bill, metadata: { ...others, component: { ...component, name } } };
}
