import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { codeParts } from '../pipeline/schema/code-version.ts';

const ROOT = join(import.meta.dirname, '..');

/** From the ground up: a file may import from its own layer and those before it. */
const LAYERS: readonly RegExp[] = [
  /^pipeline\/(graph|stats|schema)\//,
  /^pipeline\/engine\//,
  /^pipeline\/sources\//,
  /^pipeline\/(models|sae)\//,
  /^pipeline\/(subjects|lists)\//,
  /^pipeline\/study\//,
  /^pipeline\/runtime\//,
  /^pipeline\/interp\//,
  /^pipeline\/train\//,
  /^pipeline\/miniature\//,
  /^pipeline\/live\//,
  /^pipeline\/trial\//,
  /^pipeline\/resources\//,
  /^pipeline\/stages\//,
  /^pipeline\/rehearsal\//,
  /^pipeline\/commands\//,
];
const layerOf = (file: string): number => LAYERS.findIndex((layer) => layer.test(file));

/** Rooms at the ground that must not know of each other's business, though they are one layer. */
const APART: readonly (readonly [importer: RegExp, imported: RegExp])[] = [
  [/^pipeline\/graph\//, /^pipeline\/(stats|schema)\//],
  [/^pipeline\/stats\//, /^pipeline\/(graph|schema)\//],
  [/^pipeline\/schema\//, /^pipeline\/(graph|stats)\//],
];

const sources = (pattern: string): string[] => globSync(pattern, { cwd: ROOT }).sort();

const parse = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);

const trees = new Map(sources('pipeline/**/*.ts').map((file) => [file, parse(file)]));

/** Every node of a tree. */
function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

/** Files of the project that a file imports, types included. */
function importsOf(file: string, tree: ts.SourceFile): string[] {
  const names = [...nodesOf(tree)].flatMap((node) => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : undefined;
    return specifier && ts.isStringLiteral(specifier) ? [specifier.text] : [];
  });
  return names
    .filter((name) => name.startsWith('.'))
    .map((name) => normalize(join(dirname(file), name)));
}

const graph = new Map([...trees].map(([file, tree]) => [file, importsOf(file, tree)]));

test('every file of the pipeline is in a room with a layer, and imports none above it', () => {
  for (const [file, imports] of graph) {
    assert.ok(layerOf(file) >= 0, `${file} has no layer`);
    for (const name of imports) {
      assert.ok(graph.has(name), `${file} imports ${name}, which is no file of the pipeline`);
      assert.ok(layerOf(name) <= layerOf(file), `${file} imports ${name}, which is above it`);
      for (const [importer, imported] of APART)
        assert.ok(!(importer.test(file) && imported.test(name)), `${file} imports ${name}`);
    }
  }
  assert.ok([...graph.values()].flat().length > graph.size); // the imports are seen at all
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

const calls = (file: string, name: string): boolean =>
  [...nodesOf(trees.get(file)!)].some(
    (node) =>
      ts.isCallExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === name,
  );

test('tables are declared in schema/ alone, and no stage imports another', () => {
  for (const file of graph.keys())
    assert.equal(calls(file, 'table') && !file.startsWith('pipeline/schema/'), false, file);
  const stages = [...graph.keys()].filter((file) => calls(file, 'defineStage'));
  assert.ok(stages.length >= 18);
  for (const [file, imports] of graph)
    if (file !== 'pipeline/stages/all.ts')
      for (const name of imports) assert.ok(!stages.includes(name), `${file} imports ${name}`);
});

test('what a study depends on by a record of its own is reached from there alone', () => {
  // A list of all subjects or releases, imported by what stages run, would make each depend on every other one.
  const registries = ['pipeline/subjects/all.ts', 'pipeline/sae/releases/all.ts'];
  for (const [file, imports] of graph)
    if (/^pipeline\/(interp|runtime|models|lists|sae)\//.test(file) && !registries.includes(file))
      for (const name of imports) assert.ok(!registries.includes(name), `${file} imports ${name}`);
});

/** What runs a model in a reader's browser: the one place of the report that runs code of the pipeline. */
const IN_BROWSER = /^site\/client\/live\//;

test('the report imports nothing of the pipeline but its schema, and in a reader’s browser what runs a model there', () => {
  for (const file of sources('{site,content}/**/*.{ts,astro,mdx}'))
    for (const [, name] of readFileSync(join(ROOT, file), 'utf8').matchAll(
      /\b(?:from|import|import\()\s*['"](\.[^'"]+)['"]/g,
    )) {
      const target = normalize(join(dirname(file), name!));
      const allowed = IN_BROWSER.test(file) ? /^pipeline\/(schema|live)\// : /^pipeline\/schema\//;
      if (target.startsWith('pipeline/')) assert.match(target, allowed, file);
    }
  for (const [file, imports] of graph)
    for (const name of imports) assert.doesNotMatch(name, /^(site|content)\//, file);
});

/** Packages that run in browsers as they do in Node. */
const PORTABLE = ['@bufbuild/protobuf', '@huggingface/jinja', '@huggingface/tokenizers', 'zod'].map(
  (name) => `package ${name}`,
);

test('what runs a model in a browser needs nothing of Node, and no package that does', () => {
  const entries = [...graph.keys()].filter((file) => file.startsWith('pipeline/live/'));
  const reached = entries.flatMap((file) => [...codeParts(file).keys()]);
  assert.ok(reached.length > entries.length);
  const [packages, files] = [true, false].map((are) =>
    reached.filter((name) => name.startsWith('package ') === are),
  );
  assert.deepEqual([...new Set(packages)].sort(), PORTABLE);
  for (const name of files!) {
    const text = readFileSync(join(ROOT, name), 'utf8');
    const [ofNode] =
      /from 'node:[^']+'|\bBuffer\.\w+|\bprocess\.(?:env|argv|cwd|stdout)\b/.exec(text) ?? [];
    assert.equal(ofNode, undefined, name);
  }
});

test('onnxruntime is loaded in one place, with its telemetry off', () => {
  const importers = sources('{pipeline,site,test}/**/*.{ts,astro}').filter((file) =>
    /\b(?:from|import|import\() *'onnxruntime-node'/.test(readFileSync(join(ROOT, file), 'utf8')),
  );
  assert.deepEqual(importers, ['pipeline/runtime/onnxruntime.ts']);
});

test('no function takes five positional parameters', () => {
  for (const file of sources('{pipeline,site}/**/*.ts')) {
    const tree = trees.get(file) ?? parse(file);
    for (const node of nodesOf(tree))
      if (ts.isFunctionLike(node) && node.parameters.length >= 5) {
        const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
        assert.fail(`${file}:${line + 1} takes ${node.parameters.length}: give it an object`);
      }
  }
});
