import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** From the ground up: a file may import from its own layer and those before it. */
const LAYERS: readonly RegExp[] = [
  /^pipeline\/(config|tensor)\.ts$/,
  /^pipeline\/(graph|io|hub|stats|tables)\//,
  /^pipeline\/(models|sae)\//,
  /^pipeline\/runtime\//,
  /^pipeline\/interp\//,
  /^pipeline\/(miniature|stages)\/|^pipeline\/(progress|align)\.ts$/,
  /^pipeline\/(study|code-version|once|hash-files|model-folder|widened-model|sae-folders|released-folder|publish|explanation-cache|device-memory|extent|memory-plan|runner|dry-run|choose-study|prepare)\.ts$/,
  /^pipeline\/(compute|explain|rehearse)\.ts$|^pipeline\/rehearsal\//,
];
const layerOf = (file: string): number => LAYERS.findIndex((layer) => layer.test(file));

const sources = (pattern: string): string[] => globSync(pattern, { cwd: ROOT }).sort();

/** Files of the project that a file imports, types included. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const names = source.matchAll(/\b(?:from|import|import\()\s*['"](\.[^'"]+)['"]/g);
  return [...names].map(([, name]) => normalize(join(dirname(file), name!)));
}

const graph = new Map(sources('pipeline/**/*.ts').map((file) => [file, importsOf(file)]));

test('every file of the pipeline has a layer, and imports none above it', () => {
  for (const [file, imports] of graph) {
    assert.ok(layerOf(file) >= 0, `${file} has no layer`);
    for (const name of imports) {
      assert.ok(graph.has(name), `${file} imports ${name}, which is no file of the pipeline`);
      assert.ok(layerOf(name) <= layerOf(file), `${file} imports ${name}, which is above it`);
    }
  }
  assert.ok([...graph.values()].flat().length > graph.size); // the imports are seen at all
});

test('only stages and what is above them read the config of the study', () => {
  const stages = layerOf('pipeline/stages/stage.ts');
  for (const [file, imports] of graph)
    if (imports.includes('pipeline/study/study.ts'))
      assert.ok(layerOf(file) >= stages, `${file} reads the config: pass it as arguments`);
});

test('imports go in no circle', () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), `circle: ${[...path, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const name of graph.get(file) ?? []) visit(name, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
});

test('the report and the pipeline share nothing but tables and their schema', () => {
  for (const file of sources('{site,content}/**/*.{ts,astro,mdx}'))
    for (const name of importsOf(file)) assert.doesNotMatch(name, /^pipeline\/(?!schema\/)/, file);
  for (const [file, imports] of graph)
    for (const name of imports) assert.doesNotMatch(name, /^(site|content)\//, file);
});
