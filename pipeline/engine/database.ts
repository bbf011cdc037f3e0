import { renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Table } from '../schema/table.ts';
import { discard, writeFault } from '../schema/write-fault.ts';
import { quote } from './sql.ts';

export const DATABASE = 'study.duckdb';

/**
 * Write `study.duckdb` where it is not there yet as it should be: one view per table, with the meaning of each column as its
 * comment. The views refer to their files by relative paths, so the folder can be moved; open the database from inside the
 * folder. It is written under another name, read again, and then renamed.
 * @throws `data/results/x/study.duckdb: cannot be written: …`
 */
export async function writeDatabase(dir: string, tables: readonly Table[]): Promise<void> {
  const path = join(dir, DATABASE);
  const wanted = await withDatabase(':memory:', async (connection) => {
    await createViews(connection, dir, tables);
    return viewsOf(connection);
  });
  if ((await viewsIn(path)) === wanted) return;
  const partial = `${path}.tmp`;
  try {
    for (const file of filesOf(partial)) rmSync(file, { force: true });
    await withDatabase(partial, async (connection) => {
      await createViews(connection, dir, tables);
      await connection.run('CHECKPOINT');
    });
    if ((await viewsIn(partial)) !== wanted)
      throw new Error(`${path}: cannot be written: what was written differs: run again`);
    renameSync(partial, path);
  } catch (error) {
    throw writeFault(path, error);
  } finally {
    discard(...filesOf(partial));
  }
}

/** A database's own file, and the one beside it while it is written. */
const filesOf = (path: string): string[] => [path, `${path}.wal`];

async function createViews(
  connection: DuckDBConnection,
  dir: string,
  tables: readonly Table[],
): Promise<void> {
  await connection.run(`SET file_search_path = ${quote(dir)}`);
  for (const statement of tables.flatMap(view)) await connection.run(statement);
}

/** The views of a database with their columns and comments, as text. */
async function viewsOf(connection: DuckDBConnection): Promise<string> {
  const result = await connection.runAndReadAll(`
    SELECT view_name, sql, v.comment, column_name, data_type, c.comment
    FROM duckdb_views() v JOIN duckdb_columns() c ON view_name = table_name
    WHERE NOT v.internal ORDER BY view_name, column_index`);
  return JSON.stringify(result.getRowsJS());
}

/** The same of a file; null where it is not there, or DuckDB cannot read it: then it has to be written. */
async function viewsIn(path: string): Promise<string | null> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
  try {
    return await withDatabase(path, viewsOf, { access_mode: 'READ_ONLY' });
  } catch {
    return null;
  }
}

async function withDatabase<R>(
  path: string,
  use: (connection: DuckDBConnection) => Promise<R>,
  options: Record<string, string> = {},
): Promise<R> {
  const instance = await DuckDBInstance.create(path, options);
  try {
    const connection = await instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

const view = ({ name, row, columns }: Table): string[] => [
  `CREATE VIEW ${name} AS SELECT * FROM '${name}.parquet'`,
  `COMMENT ON VIEW ${name} IS ${quote(row)}`,
  ...Object.entries(columns).map(
    ([column, { meaning, unit }]) =>
      `COMMENT ON COLUMN ${name}.${column} IS ${quote(unit ? `${meaning} [${unit}]` : meaning)}`,
  ),
];
