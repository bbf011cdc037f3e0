import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MANIFEST } from '../../pipeline/schema/manifest.ts';
import { checkResults } from '../../site/lib/queries/check-results.ts';
import { findResults, openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { alone, editManifest, FIGURES } from './results-folders.ts';

test('whole results pass', async (t) => {
  const root = tempDir(t);
  await writeFixture(root);
  await checkResults(alone(root), FIGURES, assert.fail);
});

test('no results: the folder and the remedy are named', async (t) => {
  const root = tempDir(t);
  const message = `${root}: no results: run npm run compute`;
  assert.throws(() => findResults(alone(root)), { message });
  assert.throws(
    () => findResults(alone(join(root, 'nowhere'))),
    /nowhere: no results: run npm run compute$/,
  );
});

test('one flipped byte in any table: the file is named', async (t) => {
  const dir = await writeFixture(tempDir(t));
  for (const file of Object.keys(openResults(dir).manifest.files)) {
    const path = join(dir, file);
    const whole = readFileSync(path);
    const altered = Uint8Array.from(whole);
    altered[whole.length >> 1]! ^= 1;
    writeFileSync(path, altered);
    assert.throws(() => openResults(dir), {
      message: new RegExp(`^${path}: altered \\(.*run npm run compute$`),
    });
    writeFileSync(path, whole);
  }
});

test('a missing file is named', async (t) => {
  const dir = await writeFixture(tempDir(t));
  rmSync(join(dir, 'entropy.parquet'));
  const message = `${join(dir, 'entropy.parquet')}: missing: run npm run compute`;
  assert.throws(() => openResults(dir), { message });
});

test('a table that the manifest does not list is named as missing', async (t) => {
  const root = tempDir(t);
  const dir = await writeFixture(root);
  editManifest(dir, ({ files }) => delete files['exploration.parquet']);
  const message = `${join(dir, 'exploration.parquet')}: missing: run npm run compute`;
  await assert.rejects(checkResults(alone(root), FIGURES, assert.fail), { message });
});

test('a manifest that is broken or lacks a field is named with the field', async (t) => {
  const dir = await writeFixture(tempDir(t));
  editManifest(dir, (manifest) => delete manifest.seed);
  assert.throws(() => openResults(dir), /manifest\.json: seed: .*: run npm run compute$/);
  writeFileSync(join(dir, MANIFEST), '{');
  assert.throws(() => openResults(dir), /manifest\.json: not JSON: run npm run compute$/);
});
