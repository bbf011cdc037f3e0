import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compareTables } from '../../pipeline/engine/compare-tables.ts';
import { writeParquet } from '../../pipeline/engine/parquet.ts';
import {
  integer,
  nullable,
  type Row,
  real,
  reals,
  type Table,
  table,
  text,
} from '../../pipeline/schema/table.ts';
import { tempDir } from '../temp.ts';

const measured = table('measured', 'one measurement', {
  name: text('name'),
  count: integer('count'),
  mean: nullable(real('mean')),
  parts: reals('parts'),
});

const ROWS: Row<typeof measured>[] = [
  { name: 'a', count: 1, mean: 10, parts: [1, 2] },
  { name: 'b', count: 2, mean: -40, parts: [] },
  { name: 'c', count: 3, mean: null, parts: [-5] },
];

/** What differs between `ROWS` and other rows. */
async function differenceTo<T extends Table>(
  t: TestContext,
  rows: readonly Row<T>[],
  as: T,
  except?: readonly string[],
) {
  const dir = tempDir(t);
  const [before, after] = [join(dir, 'before.parquet'), join(dir, 'after.parquet')];
  await writeParquet(before, measured, ROWS);
  await writeParquet(after, as, rows);
  return compareTables(before, after, except);
}

test('equal rows do not differ', async (t) => {
  const found = await differenceTo(t, ROWS, measured);
  assert.deepEqual(found, {
    columns: [],
    rowsBefore: 3,
    rowsAfter: 3,
    differing: 0,
    otherwise: [],
    numbers: [],
  });
});

test('rows that differ in columns that are left out alone do not differ', async (t) => {
  const rows = ROWS.map((row) => ({ ...row, mean: 1 }));
  assert.equal((await differenceTo(t, rows, measured)).differing, 3);
  assert.equal((await differenceTo(t, rows, measured, ['mean'])).differing, 0);
});

test('numbers that moved are told by size, as a share of the largest in their column', async (t) => {
  const [a, b, c] = ROWS;
  const rows = [{ ...a!, mean: 11 }, b!, { ...c!, parts: [-5.5] }];
  const found = await differenceTo(t, rows, measured);
  assert.equal(found.differing, 2);
  assert.deepEqual(found.otherwise, []);
  assert.deepEqual(found.numbers, [
    { column: 'parts', share: 0.5 / 5.5 },
    { column: 'mean', share: 1 / 40 },
  ]);
});

test('texts, counts, nulls and lists of other lengths differ otherwise than by size', async (t) => {
  const [a, b, c] = ROWS;
  const rows = [
    { ...a!, name: 'x', parts: [1] },
    { ...b!, mean: null },
    { ...c!, count: 4 },
  ];
  const found = await differenceTo(t, rows, measured);
  assert.equal(found.differing, 3);
  assert.deepEqual(found.otherwise, ['name', 'count', 'mean', 'parts']);
});

test('rows that are not there are counted, those that are, compared', async (t) => {
  const found = await differenceTo(t, ROWS.slice(0, 2), measured);
  assert.deepEqual([found.rowsBefore, found.rowsAfter, found.differing], [3, 2, 0]);
});

test('a column of another type or name is named, and no rows are compared', async (t) => {
  const { count: _, ...others } = measured.columns;
  const changed = table('measured', 'one measurement', {
    ...others,
    mean: text('mean'),
    n: integer('n'),
  });
  const found = await differenceTo(t, [{ name: 'a', mean: 'x', parts: [], n: 1 }], changed);
  assert.deepEqual(found.columns, ['count', 'mean', 'n']);
  assert.equal(found.differing, 0);
});
