import { flag, nullable, type Row, type Table, table, text } from './table.ts';

/** The data dictionary: one row for each column of every table, including this one. */
export const columns = table('columns', 'one column of one table', {
  table_name: text('name of the table'),
  table_row: text('what one row of the table describes'),
  column_name: text('name of the column'),
  type: text('SQL type'),
  is_nullable: flag('whether the value may be null'),
  meaning: text('meaning of the value'),
  unit: nullable(text('unit of the value; null where it has none')),
  allowed_values: nullable(
    text('allowed values, separated by |; null where there is no such list'),
  ),
});

export const dictionaryRows = (tables: readonly Table[]): Row<typeof columns>[] =>
  tables.flatMap((table) =>
    Object.entries(table.columns).map(([name, column]) => ({
      table_name: table.name,
      table_row: table.row,
      column_name: name,
      type: column.type,
      is_nullable: column.nullable,
      meaning: column.meaning,
      unit: column.unit,
      allowed_values: column.values?.join(' | ') ?? null,
    })),
  );
