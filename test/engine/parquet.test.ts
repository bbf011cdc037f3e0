import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { readParquet, writeParquet } from '../../pipeline/engine/parquet.ts';
import { integer, integers, nullable, real, table, text } from '../../pipeline/schema/table.ts';
import { tempDir } from '../temp.ts';

const points = table('points', 'one point', {
  name: text('its name'),
  x: real('abscissa', 'm'),
  rank: nullable(integer('rank')),
  path: integers('steps'),
});
const rows = Array.from({ length: 5000 }, (_, i) => ({
  name: `Señor ${i % 17}'s "point"`,
  x: Math.sin(i),
  rank: i % 3 === 0 ? null : i,
  path: [i, 7 - i],
}));

test('rows come back as written, in order', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, rows);
  assert.deepEqual(await readParquet(path, points), rows);
});

test('the same rows give the same bytes, other rows other bytes', async (t) => {
  const dir = tempDir(t);
  const write = async (name: string, of: typeof rows) => {
    await writeParquet(join(dir, name), points, of);
    return readFileSync(join(dir, name));
  };
  const first = await write('a.parquet', rows);
  assert.deepEqual(await write('b.parquet', rows), first);
  assert.notDeepEqual(await write('c.parquet', rows.slice(1)), first);
});

test('files are zstd, and hold nothing besides rows and schema', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, rows);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
  assert.deepEqual(await query(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`), [
    ['ZSTD'],
  ]);
  assert.deepEqual(await query(`SELECT key FROM parquet_kv_metadata('${path}')`), []);
});

test('a table of no rows can be written and read', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, []);
  assert.deepEqual(await readParquet(path, points), []);
});

test('a refused row leaves no file, and an earlier one as it was', async (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'points.parquet');
  const bad = [{ ...rows[0]!, x: Number.NaN }];
  await assert.rejects(writeParquet(path, points, bad), /^Error: points\.x: .* NaN/);
  assert.equal(existsSync(path), false);
  await writeParquet(path, points, rows);
  const before = readFileSync(path);
  await assert.rejects(writeParquet(path, points, bad));
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(dir), ['points.parquet']);
});

test('a file of another schema is refused by name', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, rows);
  const other = table('points', 'one point', { name: text('its name') });
  await assert.rejects(readParquet(path, other), {
    message: `${path}: expected columns name, found name x rank path: run the study again`,
  });
});
