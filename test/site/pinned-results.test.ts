import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MANIFEST, readManifest, verify, writeManifest } from '../../pipeline/schema/manifest.ts';
import { checkResults } from '../../site/lib/queries/check-results.ts';
import { changedSince, pinResults } from '../../site/lib/queries/pinned-results.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { findResults, openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { rewriteTable } from './second-study.ts';

after(() => {
  delete process.env.PINNED_RESULTS;
});

test('what a build has pinned stays as it is while a compute replaces tables', async (t) => {
  const root = tempDir(t);
  const dir = await writeFixture(root);
  const folders = { computed: root, published: join(root, 'nowhere') };
  const [pinned] = pinResults(() => findResults(folders), join(tempDir(t), 'pinned'));
  const before = readFileSync(join(dir, 'exploration.parquet'));
  await rewriteTable(dir, 'exploration', 'FROM exploration LIMIT 0');
  assert.notDeepEqual(readFileSync(join(dir, 'exploration.parquet')), before);
  assert.deepEqual(readFileSync(join(pinned!.dir, 'exploration.parquet')), before);
  assert.deepEqual(verify(pinned!.dir, readManifest(pinned!.dir)!), []);
  assert.deepEqual(readManifest(pinned!.dir), pinned!.manifest);
  const [count] = await (await openDatabase(pinned!)).all('SELECT count(*) AS n FROM exploration');
  assert.notEqual(count!.n, 0);
  // The bundled code of the site asks again, and is given the same.
  const [again] = findResults();
  assert.deepEqual([again!.dir, again!.place], [pinned!.dir, dir]);
  assert.deepEqual(changedSince([pinned!]), [dir]);
});

test('a build that begins between the tables and the manifest of a stage waits for the manifest', async (t) => {
  const root = tempDir(t);
  const dir = await writeFixture(root);
  const folders = { computed: root, published: join(root, 'nowhere') };
  const later = readFileSync(join(dir, MANIFEST), 'utf8');
  const manifest = readManifest(dir)!;
  const [[file, entry]] = Object.entries(manifest.files) as [[string, object]];
  const stale = { ...entry, sha256: '0'.repeat(64) };
  writeManifest(dir, {
    ...manifest,
    files: { ...manifest.files, [file]: stale } as typeof manifest.files,
  });
  let asked = 0;
  const find = () => {
    asked += 1;
    if (asked === 2) {
      writeFileSync(join(dir, 'manifest.new'), later);
      renameSync(join(dir, 'manifest.new'), join(dir, MANIFEST));
    }
    return findResults(folders);
  };
  const [pinned] = pinResults(find, join(tempDir(t), 'pinned'));
  assert.equal(asked, 2);
  assert.deepEqual(pinned!.manifest, manifest);
});

test('an altered table is refused in the end', async (t) => {
  const root = tempDir(t);
  const dir = await writeFixture(root);
  writeFileSync(join(dir, 'exploration.parquet'), 'altered');
  const target = join(tempDir(t), 'pinned');
  const folders = { computed: root, published: join(root, 'nowhere') };
  assert.throws(
    () => pinResults(() => findResults(folders), target),
    /exploration\.parquet: altered .*: run npm run compute$/,
  );
  assert.equal(existsSync(target), false);
});

test('a study whose tables do not belong together is refused in one line that names stage and command', async (t) => {
  const root = tempDir(t);
  const dir = await writeFixture(root);
  const folders = { computed: root, published: join(root, 'nowhere') };
  const entry = { key: 'k', seconds: 1, peak_mb: 1 };
  const mix = (seed: string) => {
    const stages = {
      exploration: { ...entry, parts: { 'setting seed': 'new' } },
      entropy: { ...entry, parts: { 'setting seed': seed } },
    };
    writeManifest(dir, { ...readManifest(dir)!, stages, parts: { 'setting seed': 'new' } });
  };
  mix('new');
  await checkResults(folders, 'site/figures', assert.fail);
  mix('old');
  const message = `${dir}: stage entropy has not run since its setting seed changed: run npm run compute -- miniature`;
  assert.throws(() => openResults(dir), { message });
  await assert.rejects(checkResults(folders, 'site/figures', assert.fail), { message });
});
