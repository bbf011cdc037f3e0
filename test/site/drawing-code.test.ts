import assert from 'node:assert/strict';
import { appendFileSync, cpSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { chartCode, pictureCode } from '../../site/lib/charts/drawing-code.ts';
import { tempDir } from '../temp.ts';

const ROOT = join(import.meta.dirname, '../..');
const IDS = readdirSync(join(ROOT, 'site/figures')).sort();

/** A copy of what the report is made of, and the figures whose drawings an edit of one file makes anew. */
function copy(t: TestContext) {
  const root = tempDir(t);
  for (const name of ['package.json', 'content', 'site', 'pipeline'])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  const keys = () => IDS.map((id) => chartCode(id, root));
  return {
    root,
    redrawnBy(file: string): string[] {
      const before = keys();
      appendFileSync(join(root, file), '\n');
      return keys().flatMap((key, i) => (key === before[i] ? [] : [IDS[i]!]));
    },
  };
}

test('a sentence, a claim, a caption, a query or what draws nothing makes no drawing anew', (t) => {
  const { redrawnBy } = copy(t);
  for (const file of [
    'content/explore.mdx',
    'content/glossary.yaml',
    'site/figures/topic-heat/caption.mdx',
    'site/lib/queries/claims.ts',
    'site/lib/queries/views.ts',
    'site/lib/queries/query.ts', // of which drawings import types only
    'site/lib/charts/figures.ts',
    'site/lib/charts/picture.ts',
    'site/lib/study/stamp.ts',
    'pipeline/schema/code-version.ts',
  ])
    assert.deepEqual(redrawnBy(file), [], file);
});

test('an edit of code makes those figures anew that import it, and no others', (t) => {
  const { redrawnBy } = copy(t);
  assert.deepEqual(redrawnBy('site/figures/topic-heat/spec.ts'), ['topic-heat']);
  assert.deepEqual(redrawnBy('site/lib/charts/entropy-chart.ts'), [
    'entropy-after-items',
    'entropy-after-newlines',
  ]);
  assert.deepEqual(redrawnBy('site/lib/charts/memory-chart.ts'), [
    'memory-planned',
    'memory-rehearsed',
  ]);
  assert.deepEqual(redrawnBy('site/lib/charts/length-bars.ts'), ['audit-items', 'items-per-list']);
  assert.deepEqual(redrawnBy('site/lib/charts/topic-charts.ts'), [
    'audit-heat',
    'blanks-by-topic',
    'tokens-per-item',
    'topic-heat',
  ]);
  for (const name of ['chart-config', 'build-chart', 'figure', 'figure-rows', 'text-width'])
    assert.deepEqual(redrawnBy(`site/lib/charts/${name}.ts`), IDS, name);
});

test('pictures are made anew where their code changes, not where a chart’s does', (t) => {
  const { root, redrawnBy } = copy(t);
  const before = pictureCode(root);
  redrawnBy('site/lib/charts/series.ts');
  assert.equal(pictureCode(root), before);
  redrawnBy('site/lib/charts/picture.ts');
  assert.notEqual(pictureCode(root), before);
});
