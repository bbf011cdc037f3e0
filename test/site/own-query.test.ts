import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { OWN_FILE } from '../../pipeline/schema/own-file.ts';
import { writtenList } from '../../site/lib/live/own-query.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';

const published = join(import.meta.dirname, '../../data/published', OWN_FILE.study);

test('the list that is shown first is one of the study that ended, with the end after each item', async () => {
  const database = await openDatabase(openResults(published));
  const { topic, replicate, items } = (await writtenList(database))!;
  const [list] = await database.all(
    `SELECT n_items, ended FROM main_lists WHERE template = 'short' AND topic = '${topic}' AND replicate = ${replicate}`,
  );
  assert.deepEqual(list, { n_items: items.length, ended: true });
  for (const { pEnd } of items) assert.ok(pEnd > 0 && pEnd < 1);
});

test('where no list was read for its entropy yet, none is shown', async () => {
  const database = await openDatabase(openResults(published));
  const file = join(published, 'entropy.parquet');
  await database.all(`CREATE OR REPLACE VIEW entropy AS FROM read_parquet('${file}') WHERE false`);
  assert.equal(await writtenList(database), null);
});
