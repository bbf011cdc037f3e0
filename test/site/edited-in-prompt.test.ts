import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

test('edits of the prompt are told apart by whether their token ends a list or a turn', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const [study] = await database.all('SELECT item_end, newline_end FROM study');
  assert.deepEqual(study, { item_end: ' ', newline_end: '<end_of_turn>' });
  await database.all(`CREATE OR REPLACE VIEW tokens AS FROM (VALUES
    ('a', 0, 'Name', true), ('a', 1, ' ', true), ('a', 2, '<end_of_turn>', true), ('a', 3, chr(10), true), ('a', 4, ' ', false))
    AS t(sample_id, pos, token, is_prompt)`);
  await database.all(`CREATE OR REPLACE VIEW ablation_edits AS
    SELECT 'a' AS sample_id, 'res_1' AS sae_id, protocol, 'held-out' AS arm, 0 AS draw, pos, 7 AS feature
    FROM range(5) t(pos), (VALUES ('from-prompt'), ('continue')) p(protocol)`);
  const rows = await database.all('SELECT feature_id, shown, at_end FROM edited_in_prompt');
  assert.deepEqual(
    rows.map(({ feature_id, shown, at_end }) => [feature_id, shown, at_end]),
    [
      ['res_1_7', '“Name”', false],
      ['res_1_7', '“␣”', true],
      ['res_1_7', '“<end_of_turn>”', true],
      ['res_1_7', '“↵”', false],
    ],
  );
});
