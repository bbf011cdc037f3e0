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
const made = { seed: '1' };
const rows = Array.from({ length: 5000 }, (_, i) => ({
  name: `Señor ${i % 17}'s "point"`,
  x: Math.sin(i),
  rank: i % 3 === 0 ? null : i,
  path: [i, 7 - i],
}));

test('rows come back as written, in order', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, rows, made);
  assert.deepEqual(await readParquet(path, points), rows);
});

test('the same rows and metadata give the same bytes, other metadata other bytes', async (t) => {
  const dir = tempDir(t);
  const write = async (name: string, metadata: Record<string, string>) => {
    await writeParquet(join(dir, name), points, rows, metadata);
    return readFileSync(join(dir, name));
  };
  const first = await write('a.parquet', { seed: '1' });
  assert.deepEqual(await write('b.parquet', { seed: '1' }), first);
  assert.notDeepEqual(await write('c.parquet', { seed: '2' }), first);
});

test('files are zstd and carry their metadata', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, rows, { study: "it's", seed: '1' });
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
  assert.deepEqual(await query(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`), [
    ['ZSTD'],
  ]);
  assert.deepEqual(
    await query(`SELECT decode(key), decode(value) FROM parquet_kv_metadata('${path}')`),
    [
      ['study', "it's"],
      ['seed', '1'],
    ],
  );
});

test('a table of no rows can be written and read', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, [], made);
  assert.deepEqual(await readParquet(path, points), []);
});

test('a refused row leaves no file, and an earlier one as it was', async (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'points.parquet');
  const bad = [{ ...rows[0]!, x: Number.NaN }];
  await assert.rejects(writeParquet(path, points, bad, made), /^Error: points\.x: .* NaN/);
  assert.equal(existsSync(path), false);
  await writeParquet(path, points, rows, made);
  const before = readFileSync(path);
  await assert.rejects(writeParquet(path, points, bad, made));
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(dir), ['points.parquet']);
});

test('a file of another schema is refused by name', async (t) => {
  const path = join(tempDir(t), 'points.parquet');
  await writeParquet(path, points, rows, made);
  const other = table('points', 'one point', { name: text('its name') });
  await assert.rejects(readParquet(path, other), {
    message: `${path}: expected columns name, found name x rank path`,
  });
});
