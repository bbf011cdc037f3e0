import { existsSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModuleImports, moduleImports } from './module-imports.ts';
import { sha256 } from './sha256.ts';

/**
 * A hash of all code that a module depends on, as listed by `codeParts`.
 * @param entry file URL or path of the module
 * @param root folder of the repository
 */
export function codeVersion(entry: string, root = ROOT): string {
  const parts = [...codeParts(entry, root)].map(([name, version]) => `${name} ${version}`);
  return sha256(parts.sort().join('\n'));
}

/**
 * All code that a module depends on: its file, and transitively the files that it imports, statically or by
 * `import('literal')`; the files that it names by `new URL('./x', import.meta.url)`, such as workers and data; and the
 * packages that it imports. Type-only imports are ignored.
 *
 * @param entry file URL or path of the module
 * @param root folder of the repository
 * @returns for each file, by its path relative to the root, the first 16 hex digits of the SHA-256 of its text; for
 *   each package, by `package NAME`, its version in package.json and its installed version as `PINNED/INSTALLED`
 * @throws where an imported file is missing or has a syntax error
 */
export function codeParts(entry: string, root = ROOT): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  const queue = [entry.startsWith('file:') ? fileURLToPath(entry) : resolve(root, entry)];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const name = relative(root, path);
    if (parts.has(name)) continue;
    const { hash, imports, urls } = readModule(path, name);
    parts.set(name, hash);
    const folder = dirname(path);
    for (const specifier of imports) {
      if (specifier.startsWith('.')) queue.push(importedFile(folder, specifier, name));
      else if (isPackage(specifier)) parts.set(...packagePart(packageName(specifier), root));
    }
    queue.push(...urls.map((url) => join(folder, url)).filter(isFile));
  }
  return parts;
}

/** The version of a package in package.json; undefined for modules that are part of Node. */
export const pinnedVersion = (name: string, root = ROOT): string | undefined =>
  readJson(join(root, 'package.json'))?.dependencies?.[name];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Module extends ModuleImports {
  readonly hash: string;
}

/** Parsed imports, by the hash of the module's text. */
const parsed = new Map<string, ModuleImports>();

/** Imports in files of other languages (.astro, .css, .sql, .yaml) are ignored. */
function readModule(path: string, name: string): Module {
  const text = readFileSync(path, 'utf8');
  const hash = sha256(text).slice(0, 16);
  if (!/\.[cm]?[jt]s$/.test(path)) return { hash, imports: [], urls: [] };
  const module = parsed.get(hash) ?? moduleImports(text, name);
  parsed.set(hash, module);
  return { hash, ...module };
}

/** A specifier may end with a query, such as Vite's `./x.sql?raw`. */
function importedFile(folder: string, specifier: string, importer: string): string {
  const path = join(folder, specifier.replace(/\?.*$/, ''));
  if (isFile(path)) return path;
  throw new Error(`${importer} imports ${specifier}, which is missing: correct the import`);
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Not a module of Node, nor a virtual module such as `astro:content`. */
const isPackage = (specifier: string): boolean =>
  !isBuiltin(specifier) && !specifier.includes(':') && !specifier.startsWith('/');

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function packagePart(name: string, root: string): [string, string] {
  const installed = readJson(join(root, 'node_modules', name, 'package.json'))?.version;
  return [`package ${name}`, `${pinnedVersion(name, root) ?? 'none'}/${installed ?? 'none'}`];
}

interface PackageJson {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readJson = (path: string): PackageJson | undefined =>
  existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
