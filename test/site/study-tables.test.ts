import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MANIFEST, type Manifest } from '../../pipeline/schema/manifest.ts';
import { predictions } from '../../pipeline/schema/predictions.ts';
import { type Cell, openDatabase, type Row } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { hasRows } from '../../site/lib/study/has-rows.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

test('a study without predictions has their table, empty; one with them has its own', async (t) => {
  const dir = await writeFixture(tempDir(t));
  const own = await openDatabase(openResults(dir));
  const count = 'SELECT count(*) AS n FROM predictions';
  assert.ok(Number((await own.all(count))[0]!.n) > 0);
  assert.deepEqual(await own.tablesOf('FROM predictions_in_words'), ['predictions']);

  const bare = editManifest(dir, ({ files: { 'predictions.parquet': _, ...files } }) => ({
    files,
  }));
  const database = await openDatabase(openResults(dir));
  assert.deepEqual(await database.all(count), [{ n: 0 }]);
  const columns = await database.all('SELECT column_name FROM (DESCRIBE predictions)');
  assert.deepEqual(
    columns.map(({ column_name }) => column_name),
    Object.keys(predictions.columns),
  );
  assert.deepEqual(
    ['predictions', 'completions'].map((table) => hasRows(bare, table)),
    [false, true],
  );
});

test('what each stage took is read from the manifest, in its order', async (t) => {
  const dir = await writeFixture(tempDir(t));
  const took = { key: 'k', parts: {}, seconds: 90, peak_mb: 500 };
  editManifest(dir, () => ({ stages: { '2-b': took, '1-a': { ...took, seconds: 0.5 } } }));
  const database = await openDatabase(openResults(dir));
  assert.deepEqual(await database.all('FROM stage_costs ORDER BY place'), [
    { place: 0, stage: '2-b', seconds: 90, peak_mb: 500 },
    { place: 1, stage: '1-a', seconds: 0.5, peak_mb: 500 },
  ]);
});

test('means of all lists are kept apart from those of the lists that do not loop', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const [all] = await database.all("FROM mean_of('n_items', 'short')");
  assert.equal(all!.finding, 'items_per_list');
  const rows = await database.all("FROM items_by_template WHERE template = 'short'");
  assert.equal(rows.length, 1);
  assert.notEqual(rows[0]!.items, rows[0]!.without_loops);
});

test('how many times as probable one word makes the end as the other, on the same lists', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const times = async (lists: string): Promise<Row> =>
    (await database.all(`FROM end_times(${lists})`))[0]!;
  const sum = (of: readonly number[]) => of.reduce((total, x) => total + x, 0);
  // Two topics: three and two times as probable, and once more after the second of seven items.
  close((await times("'short'")).mean, sum([3 * 7 + 1, 2 * 7 + 1]) / sum([7, 7]));
  const second = await times("'short', 2");
  close(second.mean, sum([3 + 1, 2 + 1]) / sum([1, 1]));
  // Of two topics Student’s t: (4 − 3.5) / 2 either way.
  const reach = 12.706 * Math.sqrt(2 * 2 * 0.25 ** 2);
  close(second.ci_low, 3.5 - reach);
  close(second.ci_high, 3.5 + reach);
  close((await times("'long', 1")).mean, 4);
});

function close(found: Cell | undefined, expected: number): void {
  assert.ok(Math.abs(Number(found) - expected) < 1e-9, `${found}, expected ${expected}`);
}

function editManifest(dir: string, edit: (manifest: Manifest) => Partial<Manifest>): Manifest {
  const path = join(dir, MANIFEST);
  const manifest: Manifest = JSON.parse(readFileSync(path, 'utf8'));
  const edited = { ...manifest, ...edit(manifest) };
  writeFileSync(path, JSON.stringify(edited));
  return edited;
}
