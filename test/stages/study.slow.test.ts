import assert from 'node:assert/strict';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { readManifest, verify } from '../../pipeline/schema/manifest.ts';
import { computeIn, smallRoot } from '../small-study.ts';
import { tempDir } from '../temp.ts';
import { MINIATURE_RULES, PROMISED, RULES } from './study-rules.ts';

suite('a study from prompts to tables', () => {
  const cleanUp: (() => void)[] = [];
  const scope = { after: (remove: () => void) => void cleanUp.push(remove) };
  after(() => {
    for (const remove of cleanUp) remove();
  });
  let root: string;
  let results: string;
  let connection: DuckDBConnection;
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
  const written = () =>
    Object.keys(readManifest(results)!.files).map((file) => [
      file,
      statSync(join(results, file)).mtimeMs,
    ]);

  before(async () => {
    root = smallRoot(tempDir(scope), 5);
    results = join(root, 'data/results/miniature');
    const { status, printed } = await computeIn(root);
    assert.equal(status, 0, printed);
    assert.match(printed, /^study: miniature \(named on the command line\), provider cpu\n/);
    connection = await (await DuckDBInstance.create(join(results, 'study.duckdb'))).connect();
    await connection.run(`SET file_search_path = '${results}'`);
  });

  test('every table verifies', () => {
    assert.deepEqual(verify(results, readManifest(results)!), []);
  });

  test('the promised columns are there', async () => {
    for (const [table, columns] of Object.entries(PROMISED)) {
      const found = (await query(`DESCRIBE ${table}`)).map(([name]) => name);
      for (const column of columns.split(' ')) assert.ok(found.includes(column), column);
    }
  });

  test('every topic, template, temperature and replicate is sampled once', async () => {
    const [[lists, ids] = []] = await query(
      'SELECT count(*)::INTEGER, count(DISTINCT sample_id)::INTEGER FROM completions',
    );
    assert.deepEqual([lists, ids], [20, 20]);
  });

  for (const [rule, sql] of Object.entries({ ...RULES, ...MINIATURE_RULES }))
    test(rule, async () => {
      assert.deepEqual(await query(sql), []);
    });

  test('the dictionary has every column of every view', async () => {
    const undocumented = await query(`
      SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal
      EXCEPT SELECT table_name, column_name FROM columns`);
    assert.deepEqual(undocumented, []);
  });

  test('a second run writes nothing', async () => {
    const before = written();
    const { status, printed } = await computeIn(root);
    assert.equal(status, 0);
    assert.equal(printed.match(/up to date/g)?.length, 25);
    assert.deepEqual(written(), before);
  });

  test('one flipped byte is found, and its stage alone written again, the same', async () => {
    const path = join(results, 'item_counts.parquet');
    const good = readFileSync(path);
    const bad = Buffer.from(good);
    bad[30]! ^= 1;
    writeFileSync(path, bad);
    const { status, printed } = await computeIn(root);
    assert.equal(status, 0);
    assert.match(printed, /2-explore: item_counts\.parquet: altered/);
    assert.equal(printed.match(/up to date/g)?.length, 24);
    assert.deepEqual(readFileSync(path), good);
  });

  test('a tokenizer that lacks a qualifier stops the study before a table is replaced', async () => {
    const other = join(tempDir(scope), 'root');
    cpSync(root, other, { recursive: true });
    const path = join(other, 'data/models/miniature/tokenizer.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('▁short', '▁shxrt'));
    await assert.rejects(computeIn(other), /^Error: tokenizer lacks token: " short" in /);
    for (const file of Object.keys(readManifest(results)!.files))
      assert.deepEqual(
        readFileSync(join(other, 'data/results/miniature', file)),
        readFileSync(join(results, file)),
      );
  });

  test('batches of another size give the same lists', async () => {
    const other = smallRoot(tempDir(scope), 3);
    assert.equal((await computeIn(other, { only: ['generate'] })).status, 0);
    const path = join(other, 'data/results/miniature/completions.parquet');
    assert.deepEqual(await query(`SELECT * FROM '${path}' EXCEPT SELECT * FROM completions`), []);
  });
});
