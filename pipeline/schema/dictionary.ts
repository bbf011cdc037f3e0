import { flag, nullable, type Row, type Table, table, text } from './table.ts';

/** The data dictionary: one row a column of every table, itself included. */
export const columns = table('columns', 'one column of one table', {
  table_name: text('the table'),
  table_row: text('what one row of that table is'),
  column_name: text('the column'),
  type: text('SQL type'),
  is_nullable: flag('whether a row may have no value'),
  meaning: text('what the value says'),
  unit: nullable(text('unit of the value')),
  allowed_values: nullable(text('the only values it takes, separated by |')),
});

export const dictionaryRows = (tables: readonly Table[]): Row<typeof columns>[] =>
  tables.flatMap((of) =>
    Object.entries(of.columns).map(([name, at]) => ({
      table_name: of.name,
      table_row: of.row,
      column_name: name,
      type: at.type,
      is_nullable: at.nullable,
      meaning: at.meaning,
      unit: at.unit,
      allowed_values: at.values?.join(' | ') ?? null,
    })),
  );
