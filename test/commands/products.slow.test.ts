import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readManifest } from '../../pipeline/schema/manifest.ts';
import { computeIn, smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';

test('lists written with int8 products say so, and are written anew without them', async (t) => {
  const root = smallRoot(tempDir(t), 20);
  const only = ['1-generate'];
  const entry = () =>
    readManifest(join(root, 'data/results/miniature'))!.files['completions.parquet']!;
  const first = await computeIn(root, { only, products: 'int8' });
  assert.equal(first.status, 0);
  assert.match(
    entry().metadata.runtime,
    /^onnxruntime-node [\d.]+, lists written with int8 products$/,
  );
  assert.ok(existsSync(join(root, 'data/cache/int8')));
  const second = await computeIn(root, { only });
  assert.equal(second.status, 0);
  assert.match(second.printed, /1-generate: changed: content of model\n/);
  assert.match(entry().metadata.runtime, /^onnxruntime-node [\d.]+$/);
});
