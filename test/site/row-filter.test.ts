import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { writeParquet } from '../../pipeline/engine/parquet.ts';
import { flag, integer, nullable, real, table, text } from '../../pipeline/schema/table.ts';
import {
  type Filters,
  filterRows,
  type Order,
  shellWord,
  sortRows,
  sqlOf,
} from '../../site/lib/queries/row-filter.ts';
import { tempDir } from '../temp.ts';

const rows = [
  { n: 3, share: 0.5, name: "O'Hara 50%", ended: true },
  { n: 10, share: null, name: '東京', ended: false },
  { n: -1, share: 0.25, name: 'apple "Pie"', ended: true },
  { n: 3, share: 1.5, name: '😀 $HOME', ended: false },
  { n: 7, share: null, name: 'Äpfel', ended: true },
];
const things = table('things', 'one thing', {
  n: integer('a count'),
  share: nullable(real('a share')),
  name: text('a name'),
  ended: flag('whether'),
});

const CASES: readonly [Filters, Order | null, number][] = [
  [{}, null, 5],
  [{ n: '3' }, null, 2],
  [{ n: '>3' }, { column: 'name', descending: false }, 2],
  [{ n: '<= 3', ended: 'TRUE' }, { column: 'n', descending: true }, 2],
  [{ share: 'null' }, null, 2],
  [{ share: '>=0.5' }, { column: 'share', descending: false }, 2],
  [{ name: '50%' }, null, 1],
  [{ name: "o'h" }, null, 1],
  [{ name: '=東京' }, null, 1],
  [{ name: 'äpf' }, null, 1],
  [{ name: 'APP' }, null, 1],
  [{ name: '  ' }, { column: 'share', descending: true }, 5],
  [{}, { column: 'name', descending: true }, 5],
  [{ ended: 'false' }, { column: 'share', descending: true }, 2],
];

test('a filter keeps the rows that DuckDB keeps under the command beside it, in its order', async (t) => {
  const file = join(tempDir(t), 'things.parquet');
  await writeParquet(file, things, rows);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  t.after(() => connection.closeSync());
  for (const [filters, order, n] of CASES) {
    const sql = sqlOf(file, rows, filters, order);
    const asked = (await connection.runAndReadAll(sql)).getRowObjectsJS();
    assert.equal(asked.length, n, sql);
    assert.deepEqual(sortRows(filterRows(rows, filters), order), asked, sql);
  }
});

test('a filter that cannot be read names its column and what it may be', () => {
  assert.throws(
    () => filterRows(rows, { n: '>many' }),
    /^Error: n: “>many” is no number; such as 5, >5 or <=0\.5$/,
  );
  assert.throws(
    () => filterRows(rows, { ended: 'yes' }),
    /^Error: ended: “yes” is neither true nor false$/,
  );
});

test('a command is one word of the shell, whatever is looked for', () => {
  assert.equal(shellWord('a "b" $c `d` \\e'), '"a \\"b\\" \\$c \\`d\\` \\\\e"');
});
