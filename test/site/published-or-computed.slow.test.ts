import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MANIFEST } from '../../pipeline/schema/manifest.ts';
import { checkResults } from '../../site/lib/queries/check-results.ts';
import { findResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { editManifest, FIGURES, writeRun } from './results-folders.ts';

/** The folders of a published study and of what was computed of it, each with the fixture's tables. */
async function publishedAndComputed(t: TestContext) {
  const folders = {
    computed: join(tempDir(t), 'computed'),
    published: join(tempDir(t), 'published'),
  };
  const published = await writeRun(folders.published, 'real');
  const computed = await writeRun(folders.computed, 'real');
  return { folders, published, computed };
}

test('a published study that was not computed is read as it was published', async (t) => {
  const { folders, published } = await publishedAndComputed(t);
  rmSync(folders.computed, { recursive: true });
  const [results, ...others] = findResults(folders);
  assert.equal(others.length, 0);
  assert.equal(results!.dir, published);
  assert.equal(
    results!.choice,
    `study real: tables of ${published}: none in ${folders.computed}/real`,
  );
});

test('computed tables are used where they are whole, and the build says so', async (t) => {
  const { folders, published, computed } = await publishedAndComputed(t);
  const said: string[] = [];
  await checkResults(folders, FIGURES, (line) => said.push(line));
  assert.equal(findResults(folders)[0]!.dir, computed);
  assert.deepEqual(said, [
    `study real: tables of ${computed}: every table of ${published} is there, and intact`,
  ]);
});

test('computed tables that are altered, missing or unreadable give way to the published, with the reason', async (t) => {
  const { folders, published, computed } = await publishedAndComputed(t);
  const choice = () => findResults(folders)[0]!;
  editManifest(computed, ({ files }) => delete files['items.parquet']);
  assert.equal(
    choice().choice,
    `study real: tables of ${published}: ${computed}/items.parquet: missing`,
  );
  writeFileSync(join(computed, 'entropy.parquet'), 'x');
  assert.match(choice().choice!, /\/entropy\.parquet: altered \(/);
  writeFileSync(join(computed, MANIFEST), '{');
  assert.match(choice().choice!, /manifest\.json: not JSON/);
  assert.equal(choice().dir, published);
});

test('a published table that is altered is refused, whatever was computed', async (t) => {
  const { folders, published } = await publishedAndComputed(t);
  writeFileSync(join(published, 'entropy.parquet'), 'x');
  assert.throws(() => findResults(folders), {
    message: new RegExp(
      `^${published}/entropy\\.parquet: altered \\(.*: restore it from the repository$`,
    ),
  });
});
