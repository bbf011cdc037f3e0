import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Database, openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { writeFullSize } from './full-size-fixture.ts';

const openWith = async (t: TestContext, write: (dir: string) => string): Promise<Database> => {
  const dir = tempDir(t);
  return openDatabase(openResults(await writeFixture(dir)), write(dir));
};

test('where no rehearsal has been published its tables are there, and empty', async (t) => {
  const database = await openWith(t, (dir) => join(dir, 'full-size.csv'));
  for (const name of ['full_size', 'rehearsed', 'gpu_costs', 'rehearsed_memory', 'gpu_memory'])
    assert.deepEqual(await database.all(`FROM ${name}`), [], name);
});

test('what the pipeline wrote of a rehearsal is read in the order of its stages, sizes in GB', async (t) => {
  const database = await openWith(t, writeFullSize);
  const rows = await database.all('FROM rehearsed ORDER BY place');
  assert.deepEqual(
    rows.map(({ stage, batch, planned, peak_anonymous, peak_resident, seconds }) => {
      return [stage, batch, planned, peak_anonymous, peak_resident, seconds];
    }),
    [
      ['1-generate', 4, 12, 2, 12, 60],
      ['2-explore', null, null, 3, 1, 120],
      ['6-attribute', 1, 14, 4, 14, 180],
    ],
  );
  assert.deepEqual(
    rows.map(({ ratio }) => ratio),
    [(12 - 1) / 12, null, (14 - 1) / 14],
  );
  assert.equal(rows[0]!.machine, '2 cores (a "test"), 10 GiB');
});

test('the published rehearsal took no more than it may, and each stage about what was planned', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const [all] = await database.all(
    'SELECT sum(seconds) / 60 AS minutes, max(peak_anonymous) AS anonymous FROM rehearsed',
  );
  assert.ok(Number(all!.minutes) <= 40);
  assert.ok(Number(all!.anonymous) <= 14);
  const planned = await database.all('SELECT stage, ratio FROM rehearsed WHERE ratio IS NOT NULL');
  assert.ok(planned.length >= 9);
  for (const { stage, ratio } of planned)
    assert.ok(Number(ratio) > 0.75 && Number(ratio) < 1.25, `${stage}: ${ratio}`);
});

test('a stage that was only planned has no time and no peak, not even zero', async (t) => {
  const database = await openWith(t, writeFullSize);
  const rows = await database.all('FROM gpu_costs');
  assert.equal(rows.length, 3);
  for (const { seconds, peak_anonymous, peak_resident, ratio, device } of rows)
    assert.deepEqual(
      [seconds, peak_anonymous, peak_resident, ratio, device],
      [null, null, null, null, 24],
    );
  const kinds = await database.all('SELECT DISTINCT kind FROM gpu_memory');
  assert.equal(kinds.length, 6);
});

test('the parts of a plan come to its sum', async (t) => {
  const database = await openWith(t, writeFullSize);
  const off = await database.all(`
    SELECT stage FROM gpu_costs JOIN gpu_memory USING (place, stage) GROUP BY ALL
    HAVING abs(sum(size) - any_value(planned)) > 1e-6`);
  assert.deepEqual(off, []);
});

test('a column of another name is refused', async (t) => {
  const write = (dir: string) => {
    const path = join(dir, 'full-size.csv');
    writeFileSync(path, 'study,minutes\nrehearsal,3\n');
    return path;
  };
  await assert.rejects(openWith(t, write), /minutes/);
});
