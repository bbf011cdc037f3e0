import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { NAME_VIEWS } from '../../site/lib/queries/topic-bootstrap.ts';

/** Two topics of two short lists each, with the probability of the end after each of their items. */
const LISTS = [
  ['a1', 'Rivers', ['Nile', 'Po'], [0.1, 0.4]],
  ['a2', 'Rivers', ['nile ', 'Don'], [0.1, 0.2]],
  ['b1', 'Fruits', ['Fig', 'Fig'], [0.3, 0.3]],
  ['b2', 'Fruits', ['Fig', 'Kiwi'], [0.3, 0.6]],
] as const;

test('names that a list has had are weighed by the other lists of its topic; the end is compared at the same place', async () => {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const rows = LISTS.flatMap(([id, topic, names, ends]) =>
    names.map((name, i) => `('${id}', '${topic}', 'short', ${i}, '${name}', ${ends[i]}::DOUBLE)`),
  );
  await connection.run(`CREATE TABLE rows AS FROM (VALUES ${rows.join(', ')})
    AS t(sample_id, topic, template, item_index, text, p_end)`);
  await connection.run('CREATE VIEW items AS SELECT sample_id, item_index, text FROM rows');
  await connection.run(
    'CREATE VIEW completions AS SELECT DISTINCT sample_id, topic, template FROM rows',
  );
  await connection.run('CREATE VIEW main_lists AS FROM completions');
  await connection.run(`CREATE VIEW entropy AS SELECT sample_id, item_index, p_end, condition, 'item' AS position_kind
    FROM rows, (VALUES ('clean'), ('corrupted')) AS c(condition)`);
  for (const [name, sql] of Object.entries(NAME_VIEWS))
    await connection.run(`CREATE VIEW ${name} AS ${sql}`);
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();

  // Of the other list's two names, a list of rivers has the one, first; that of b1 has one name, which b2 has.
  assert.deepEqual(
    await query(
      'SELECT topic, item_index::INT, had FROM names_had ORDER BY topic DESC, item_index, had',
    ),
    [
      ['Rivers', 0, 0.5],
      ['Rivers', 0, 0.5],
      ['Rivers', 1, 0.5],
      ['Rivers', 1, 0.5],
      ['Fruits', 0, 0.5],
      ['Fruits', 0, 1],
      ['Fruits', 1, 0.5],
      ['Fruits', 1, 1],
    ],
  );
  const found = await query('FROM names_had');
  assert.equal(found.length, 8);
  // The slope by hand: at each place, what a list has had and its end, each less the mean of the place.
  const by = new Map<string, [number, number]>();
  const places = await query('SELECT item_index::INT, topic, had, p_end FROM names_had');
  for (const place of [0, 1]) {
    const at = places.filter(([index]) => index === place);
    const mean = (column: number) =>
      at.reduce((sum, row) => sum + Number(row[column]), 0) / at.length;
    for (const [, topic, had, pEnd] of at) {
      const [total, weight] = by.get(String(topic)) ?? [0, 0];
      const further = Number(had) - mean(2);
      by.set(String(topic), [
        total + (further * (Number(pEnd) - mean(3))) / 10,
        weight + further ** 2,
      ]);
    }
  }
  for (const [topic, total, weight] of await query('FROM end_by_names_had_short')) {
    const expected = by.get(String(topic))!;
    assert.ok(Math.abs(Number(total) - expected[0]) < 1e-12, String(topic));
    assert.ok(Math.abs(Number(weight) - expected[1]) < 1e-12, String(topic));
  }
});
