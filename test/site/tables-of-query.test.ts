import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

test('a query names the stored tables behind its views, joins and subqueries', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const sql = `WITH lists AS (FROM main_lists) SELECT entropy FROM entropy, lists
    WHERE mean > (SELECT avg(mean) FROM exploration)`;
  assert.deepEqual(await database.tablesOf(sql), ['completions', 'entropy', 'exploration']);
});

test('a query names the stored tables behind its macros, and behind the view that one is given', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const mean = "SELECT mean FROM mean_of('n_items', 'short')";
  assert.deepEqual(await database.tablesOf(mean), ['completions', 'exploration']);
  const share = "SELECT mean FROM topic_bootstrap('items_of_one_token')";
  assert.deepEqual(await database.tablesOf(share), ['completions', 'items', 't_quantiles']);
});

test('sums are taken in one order, whatever the machine', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  assert.deepEqual(await database.all("SELECT current_setting('threads') AS threads"), [
    { threads: 1 },
  ]);
});
