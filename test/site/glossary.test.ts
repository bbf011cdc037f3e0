import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const TEXT = globSync(['content/*.mdx', 'site/figures/*/caption.mdx'], { cwd: ROOT })
  .map((path) => readFileSync(join(ROOT, path), 'utf8'))
  .join('\n');
const ids = (file: string): string[] =>
  Object.keys(parse(readFileSync(join(ROOT, 'content', file), 'utf8'))).sort();
const used = (component: string): string[] =>
  [
    ...new Set(
      [...TEXT.matchAll(new RegExp(`<${component} id="([\\w-]+)"`, 'g'))].map(([, id]) => id!),
    ),
  ].sort();

test('every term is used by the text, and every term that it uses is there', () => {
  assert.deepEqual(used('Term'), ids('glossary.yaml'));
});

test('every reference is cited, and every citation has one', () => {
  assert.deepEqual(used('Cite'), ids('references.yaml'));
});
