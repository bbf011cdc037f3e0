import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHOSEN_ARMS, CONTROLS } from '../../pipeline/schema/ablation-columns.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

test('every control of every chosen arm is said in words', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const pairs = CHOSEN_ARMS.flatMap((arm) =>
    CONTROLS[arm].map((control) => `('${arm}', '${control}')`),
  );
  await database.all(
    `CREATE OR REPLACE VIEW ablation_contrasts AS FROM (VALUES ${pairs.join()}) AS t(arm, control)`,
  );
  const rows = await database.all('SELECT chosen, set_to, control FROM contrasts_in_words');
  const inWords = rows.map(({ chosen, set_to, control }) => [chosen, set_to, control]);
  const OTHER = 'the other word’s values';
  assert.deepEqual(inWords, [
    ...['random', 'same norm', 'same mass'].map((control) => ['list by list', 'zero', control]),
    ...['random', 'same norm', 'same mass'].map((control) => ['list by list', OTHER, control]),
    ['on other topics', 'zero', 'random'],
    ['on other topics', OTHER, 'random'],
  ]);
});
