import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from './manifest.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A hash of everything that a module runs: its own text, that of every file that it imports or of a data
 * file that it names, and the pinned versions of the packages among them. Imports of types do not count.
 */
export function codeVersion(entry: string): string {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const queue = [fileURLToPath(entry)];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (files.has(path)) continue;
    const source = readFileSync(path, 'utf8');
    files.set(path, sha256(source));
    const beside = (name: string) => join(dirname(path!), name);
    const imports = matches(source, IMPORTS);
    for (const name of imports.filter((name) => !name.startsWith('.'))) packages.add(name);
    queue.push(...imports.filter((name) => name.startsWith('.')).map(beside));
    queue.push(...matches(source, DATA_FILES).map(beside).filter(existsSync));
  }
  const parts = [...files].map(([path, hash]) => `${relative(ROOT, path)} ${hash}`);
  return sha256([...parts, ...pinned(packages)].sort().join('\n'));
}

/** The version of a package, as package.json pins it; undefined for what Node brings itself. */
export function pinnedVersion(name: string): string | undefined {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return dependencies[name];
}

const IMPORTS = [
  /^(?:import|export)\s(?!type\b)[^'"]*?from\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\('([^']+)'\)/g,
  /\bnew URL\('(\.[^']+\.ts)',\s*import\.meta\.url\)/g,
];
const DATA_FILES = [/'([\w./-]+\.(?:yaml|json))'/g];

const matches = (source: string, patterns: readonly RegExp[]): string[] =>
  patterns.flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1]!));

const pinned = (specifiers: ReadonlySet<string>): string[] =>
  [...specifiers].flatMap((specifier) => {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const version = pinnedVersion(name);
    return version === undefined ? [] : [`${name}@${version}`];
  });
