import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dictionaryRows } from '../../pipeline/schema/dictionary.ts';
import {
  checkRows,
  flag,
  integer,
  integers,
  nullable,
  oneOf,
  real,
  table,
  text,
} from '../../pipeline/schema/table.ts';

const birds = table('birds', 'one bird', {
  name: text('its name'),
  kind: oneOf(['owl', 'wren'], 'what bird'),
  eggs: nullable(integer('eggs laid', 'eggs')),
  mass: real('mass', 'g'),
  sings: flag('whether it sings'),
  rings: integers('ring numbers'),
});
const wren = {
  name: 'a',
  kind: 'wren',
  eggs: null,
  mass: 9.5,
  sings: true,
  rings: [1, 2],
} as const;

const WRONG: [string, unknown, string][] = [
  ['name', 3, 'birds.name: expected VARCHAR, received 3 (row 1)'],
  ['kind', 'hawk', 'birds.kind: expected owl | wren, received hawk (row 1)'],
  ['eggs', 1.5, 'birds.eggs: expected INTEGER | null, received 1.5 (row 1)'],
  ['eggs', 2 ** 31, 'birds.eggs: expected INTEGER | null, received 2147483648 (row 1)'],
  ['mass', Number.NaN, 'birds.mass: expected DOUBLE, received NaN (row 1)'],
  ['mass', null, 'birds.mass: expected DOUBLE, received null (row 1)'],
  ['sings', undefined, 'birds.sings: expected BOOLEAN, received undefined (row 1)'],
  ['rings', [1, 0.5], 'birds.rings: expected INTEGER[], received 1,0.5 (row 1)'],
];
for (const [column, value, message] of WRONG)
  test(`a row with ${column} = ${value} is refused`, () => {
    assert.throws(() => checkRows(birds, [wren, { ...wren, [column]: value }]), { message });
  });

test('the data dictionary has one row a column, in order', () => {
  const rows = dictionaryRows([birds]);
  assert.deepEqual(
    rows.map(({ column_name }) => column_name),
    Object.keys(birds.columns),
  );
  assert.deepEqual(rows[2], {
    table_name: 'birds',
    table_row: 'one bird',
    column_name: 'eggs',
    type: 'INTEGER',
    is_nullable: true,
    meaning: 'eggs laid',
    unit: 'eggs',
    allowed_values: null,
  });
  assert.equal(rows[1]?.allowed_values, 'owl | wren');
});
