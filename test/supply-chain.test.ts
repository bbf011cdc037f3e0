import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { billOfMaterials } from '../site/lib/bill-of-materials.ts';
import { hasFault, KNOWN_ADVISORIES } from './known-advisories.ts';

const read = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');

const { dependencies, devDependencies, overrides } = JSON.parse(read('package.json'));
const direct: Record<string, string> = { ...dependencies, ...devDependencies };

interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly deprecated?: string;
  readonly optionalDependencies?: Record<string, string>;
}
/** A package in the bill of materials. */
interface Component {
  readonly name: string;
  readonly version: string;
  readonly hashes: readonly { readonly content: string }[];
  /** One, for a package for development alone. */
  readonly properties: readonly object[];
}

const lock = JSON.parse(read('package-lock.json'));
const locked: Record<string, Locked> = lock.packages;

test('every direct dependency is pinned to one version, and locked at it', () => {
  for (const [name, version] of Object.entries({ ...direct, ...overrides })) {
    assert.match(String(version), /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
    assert.equal(locked[`node_modules/${name}`]?.version, version, name);
  }
  assert.deepEqual(lock.packages[''].dependencies, dependencies);
  assert.deepEqual(lock.packages[''].devDependencies, devDependencies);
});

test('every locked package has a hash and no address to be fetched from', () => {
  const packages = Object.entries(locked).filter(([path]) => path !== '');
  assert.ok(packages.length > 400);
  for (const [path, { integrity, resolved }] of packages) {
    assert.match(integrity ?? '', /^sha512-/, path);
    assert.equal(resolved, undefined, path);
  }
  assert.match(read('.npmrc'), /^omit-lockfile-registry-resolved=true$/m);
});

test('the lock has the binaries of every platform', () => {
  const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  assert.deepEqual(missing, []);
  for (const platform of ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64'])
    for (const prefix of ['@img/sharp-', '@duckdb/node-bindings-', '@rolldown/binding-'])
      assert.ok(
        Object.keys(locked).some((path) => path.startsWith(`node_modules/${prefix}${platform}`)),
        `${prefix}${platform}`,
      );
});

/** Whether a package that another one names is locked: among its own packages, or further out. */
function isLocked(path: string, name: string): boolean {
  const at = `${path === '' ? '' : `${path}/`}node_modules/${name}`;
  if (at in locked) return true;
  if (path === '') return false;
  const end = path.lastIndexOf('/node_modules/');
  return isLocked(end < 0 ? '' : path.slice(0, end), name);
}

test('no locked package is of a version of which a known advisory speaks', () => {
  const versionsOf = (name: string) =>
    Object.entries(locked)
      .filter(([path]) => path.endsWith(`node_modules/${name}`))
      .map(([, { version }]) => version);
  for (const advisory of KNOWN_ADVISORIES) {
    const [from, fixed] = advisory.affected;
    assert.ok(hasFault(advisory, from) && !hasFault(advisory, fixed), advisory.id);
    const versions = versionsOf(advisory.package);
    assert.ok(versions.length > 0, `${advisory.package} is not locked: take it out of the list`);
    for (const version of versions)
      assert.ok(!hasFault(advisory, version), `${advisory.package} ${version}: ${advisory.id}`);
  }
});

test('no locked package is deprecated', () => {
  const deprecated = Object.entries(locked).filter(([, { deprecated }]) => deprecated);
  assert.deepEqual(deprecated, []);
});

test('pages load nothing but their own files, and run no inline script; WebAssembly is for pages that ask for it', () => {
  const policy = (script: string) =>
    `default-src 'none'; script-src ${script}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'`;
  const layouts = globSync('site/layouts/*.astro', { cwd: join(import.meta.dirname, '..') }).sort();
  assert.deepEqual(layouts, ['site/layouts/Embed.astro', 'site/layouts/Report.astro']);
  const written = layouts.map((layout) => {
    assert.match(read(layout), /<meta http-equiv="Content-Security-Policy" content=\{policy\}>/);
    return /const policy =\s+(["`])(.*)\1;/.exec(read(layout))?.[2];
  });
  const asked = "'self'$" + `{wasm ? " 'wasm-unsafe-eval'" : ''}`;
  assert.deepEqual(written, [policy("'self'"), policy(asked)]);
  const asking = globSync('site/pages/**/*.astro', { cwd: join(import.meta.dirname, '..') }).filter(
    (page) => /^\s+wasm\b/m.test(read(page)),
  );
  assert.deepEqual(asking.sort(), [
    'site/pages/[...study]/index.astro',
    'site/pages/[...study]/try.astro',
  ]);
});

test('the bill of materials has what is locked, and says nothing of machine or moment', async (t) => {
  process.env.NODE_ENV = 'production'; // as in a build
  const bill = await billOfMaterials();
  if (bill === null) return t.skip('no npm here that writes one');
  const { components, metadata, serialNumber } = JSON.parse(bill);
  const inBill = components.map(
    ({ name, version, hashes, properties }: Component) =>
      `${name} ${version} ${Buffer.from(hashes[0]!.content, 'hex').toString('base64')} ${properties.length > 0}`,
  );
  const packages = Map.groupBy(
    Object.entries(locked).filter(([path]) => path !== ''),
    ([path, { version, integrity }]) =>
      `${path.split('node_modules/').at(-1)} ${version} ${integrity!.replace('sha512-', '')}`,
  );
  const inLock = [...packages].map(
    ([name, copies]) => `${name} ${copies.every(([, { dev }]) => dev)}`,
  );
  assert.deepEqual(inBill.toSorted(), inLock.toSorted());
  assert.equal(metadata.component.name, 'how-a-list-ends');
  assert.deepEqual(
    [metadata.timestamp, metadata.tools, serialNumber],
    [undefined, undefined, undefined],
  );
});
