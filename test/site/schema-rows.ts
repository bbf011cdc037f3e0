import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Column, Row, Table } from '../../pipeline/schema/table.ts';

const SCHEMA = join(import.meta.dirname, '../../pipeline/schema');

/** Every table of a study that runs a model, as pipeline/schema declares it. */
export async function schemaTables(): Promise<Table[]> {
  const files = globSync('*.ts', { cwd: SCHEMA }).sort();
  const modules = await Promise.all(files.map((file) => import(join(SCHEMA, file))));
  return modules.flatMap((module) => Object.values(module).filter(isTable));
}

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && 'columns' in value && 'row' in value;

/** As many rows as a reader needs to see that they differ. */
const ROWS = 3;

/** Rows that a table's declaration allows: every figure has some to draw before a study has been computed. */
export const schemaRows = <T extends Table>({ columns }: T): Row<T>[] =>
  Array.from({ length: ROWS }, (_, i) => {
    const values = Object.entries(columns).map(([name, column]) => [name, cellOf(column, name, i)]);
    return Object.fromEntries(values) as Row<T>;
  });

function cellOf({ type, values }: Column, name: string, i: number): unknown {
  switch (type) {
    case 'VARCHAR':
      return values ? values[i % values.length] : `${name} ${i}`;
    case 'INTEGER':
      return i;
    case 'DOUBLE':
      return (i + 1) / 10;
    case 'BOOLEAN':
      return i % 2 === 0;
    case 'INTEGER[]':
      return [i];
    case 'DOUBLE[]':
      return [(i + 1) / 10];
  }
}
