import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Table } from '../schema/table.ts';
import { quote } from './parquet.ts';

export const DATABASE = 'study.duckdb';

/**
 * Write `study.duckdb`: one view per table, with the meaning of each column as its comment. The views refer to their
 * files by relative paths, so the folder can be moved; open the database from inside the folder.
 */
export async function writeDatabase(dir: string, tables: readonly Table[]): Promise<void> {
  const partial = join(dir, `${DATABASE}.tmp`);
  rmSync(partial, { force: true });
  const instance = await DuckDBInstance.create(partial);
  const connection = await instance.connect();
  try {
    await connection.run(`SET file_search_path = ${quote(dir)}`);
    for (const statement of tables.flatMap(view)) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  renameSync(partial, join(dir, DATABASE));
}

const view = ({ name, row, columns }: Table): string[] => [
  `CREATE VIEW ${name} AS SELECT * FROM '${name}.parquet'`,
  `COMMENT ON VIEW ${name} IS ${quote(row)}`,
  ...Object.entries(columns).map(
    ([column, { meaning, unit }]) =>
      `COMMENT ON COLUMN ${name}.${column} IS ${quote(unit ? `${meaning} [${unit}]` : meaning)}`,
  ),
];
