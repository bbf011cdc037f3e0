import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { estimate, holds, named } from '../../site/lib/queries/estimate.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

test('a number of the prose is the mean of one row, with its interval', async (t) => {
  const study = await fixtureStudy(t);
  const row = 'SELECT 5.0::DOUBLE AS mean, 4.5::DOUBLE AS ci_low, 5.5::DOUBLE AS ci_high, 9 AS n';
  assert.deepEqual(await estimate(study, row, 'here'), { value: 5, interval: [4.5, 5.5] });
  assert.deepEqual(await estimate(study, 'SELECT count(*) FROM main_lists', 'here'), {
    value: 18,
    interval: null,
  });
  assert.equal(await holds(study, 'SELECT 1 < 2', 'here'), true);
  const ofOneTopic = 'SELECT 5.0::DOUBLE AS mean, NULL::DOUBLE AS ci_low, NULL::DOUBLE AS ci_high';
  assert.deepEqual(await estimate(study, ofOneTopic, 'here'), { value: 5, interval: [null, null] });
});

test('a number of which a study has nothing is none: no row, no value, or a ratio over nothing', async (t) => {
  const study = await fixtureStudy(t);
  for (const sql of [
    "FROM mean_of('n_items', 'tiny')",
    'SELECT avg(mean) FROM exploration WHERE false',
    'SELECT max(n_items) / 0 FROM completions',
    "FROM topic_share('nothing_to_share')",
    "FROM topic_bootstrap('nothing_to_share')",
  ]) {
    await study.database.all(
      'CREATE OR REPLACE TABLE nothing_to_share (topic TEXT, total DOUBLE, weight DOUBLE)',
    );
    assert.equal(await estimate(study, sql, 'here'), null, sql);
  }
  assert.equal(await holds(study, 'SELECT (FROM main_temperature WHERE false) > 1', 'here'), null);
  assert.deepEqual(
    await named(study, 'SELECT max(topic) FROM completions WHERE false', 'here'),
    [],
  );
});

test('a number of the prose that is not one number names where it is written', async (t) => {
  const study = await fixtureStudy(t);
  const fails = (sql: string, complaint: string) =>
    assert.rejects(estimate(study, sql, 'content/x.mdx:3'), {
      message: new RegExp(`^study fixture: content/x\\.mdx:3: ${complaint}`),
    });
  await fails('FROM completions', '18 rows, expected 1');
  await fails("SELECT 'five'", 'no number');
  await fails('SELECT nothing FROM completions', 'Binder Error: .*nothing');
});

/** A study of the fixture's tables, as pages ask it. */
const fixtureStudy = async (t: TestContext) => ({
  name: 'fixture',
  database: await openDatabase(openResults(await writeFixture(tempDir(t)))),
});
