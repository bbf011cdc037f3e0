import { renameSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Row, Table } from '../schema/table.ts';
import { discard } from '../schema/write-fault.ts';
import { openRowStore } from './row-store.ts';
import { quote } from './sql.ts';

/** URL of this module: every table depends on its code. */
export const WRITER = import.meta.url;

/**
 * Write rows to a Parquet file (zstd), in the order given. The file is written under a temporary name and then renamed.
 * Equal rows give equal bytes.
 * @throws where a value does not fit its column
 */
export async function writeParquet<T extends Table>(
  path: string,
  table: T,
  rows: readonly Row<T>[],
): Promise<void> {
  const partial = `${path}.tmp`;
  const store = openRowStore([table]);
  try {
    store.add(table, rows);
    await store.write(table, partial);
    renameSync(partial, path);
  } catch (error) {
    discard(partial);
    throw error;
  } finally {
    store.close();
  }
}

/**
 * Read the rows of a Parquet file in the order written.
 * @param where SQL condition of the rows to read; all where left out
 * @throws `completions.parquet: expected columns …, found …` where the file has other columns than the table
 */
export async function readParquet<T extends Table>(
  path: string,
  table: T,
  where?: string,
): Promise<Row<T>[]> {
  const rows: Row<T>[] = [];
  await readParts(path, table, (part) => rows.push(...part), where);
  return rows;
}

/** The same, but the rows are handed over in parts, so that not all of them are in memory. */
export async function readParts<T extends Table>(
  path: string,
  table: T,
  onPart: (rows: readonly Row<T>[]) => void,
  where = 'true',
): Promise<void> {
  await withDuckDB(async (connection) => {
    const sql = `SELECT * FROM read_parquet(${quote(path)}) WHERE ${where}`;
    const result = await connection.stream(sql);
    const [expected, found] = [Object.keys(table.columns), result.columnNames()];
    if (expected.join() !== found.join())
      throw new Error(
        `${path}: expected columns ${expected.join(' ')}, found ${found.join(' ')}: run the study again`,
      );
    for await (const part of result.yieldRowObjectJs()) onPart(part as unknown as Row<T>[]);
  });
}

/**
 * Run with a temporary in-memory database. It has one thread, so that the order of rows and the bytes are reproducible.
 */
async function withDuckDB<R>(use: (connection: DuckDBConnection) => Promise<R>): Promise<R> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
