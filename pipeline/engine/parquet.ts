import { renameSync, rmSync } from 'node:fs';
import {
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import { type ColumnType, checkRows, type Row, type Table } from '../schema/table.ts';

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
  checkRows(table, rows);
  const partial = `${path}.tmp`;
  await withDuckDB(async (connection) => {
    await connection.run(`CREATE TABLE rows (${schema(table)})`);
    await append(connection, table, rows);
    await connection.run(`COPY rows TO ${quote(partial)} (FORMAT parquet, COMPRESSION zstd)`);
  }).catch((error: unknown) => {
    rmSync(partial, { force: true });
    throw error;
  });
  renameSync(partial, path);
}

/**
 * Read the rows of a Parquet file in the order written.
 * @param where SQL condition of the rows to read; all where left out
 * @throws `completions.parquet: expected columns …, found …` where the file has other columns than the table
 */
export async function readParquet<T extends Table>(
  path: string,
  table: T,
  where = 'true',
): Promise<Row<T>[]> {
  return withDuckDB(async (connection) => {
    const sql = `SELECT * FROM read_parquet(${quote(path)}) WHERE ${where}`;
    const result = await connection.runAndReadAll(sql);
    const [expected, found] = [Object.keys(table.columns), result.columnNames()];
    if (expected.join() !== found.join())
      throw new Error(
        `${path}: expected columns ${expected.join(' ')}, found ${found.join(' ')}: run the study again`,
      );
    return result.getRowObjectsJS() as unknown as Row<T>[];
  });
}

/** A string as an SQL literal. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

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

const schema = (table: Table): string =>
  Object.entries(table.columns)
    .map(([name, { type, nullable }]) => `"${name}" ${type}${nullable ? '' : ' NOT NULL'}`)
    .join(', ');

const DUCKDB_TYPE: Readonly<Record<ColumnType, DuckDBType>> = {
  VARCHAR,
  INTEGER,
  DOUBLE,
  BOOLEAN,
  'INTEGER[]': LIST(INTEGER),
  'DOUBLE[]': LIST(DOUBLE),
};

const CHUNK_ROWS = 2000; // a DuckDB vector holds 2048

async function append(connection: DuckDBConnection, table: Table, rows: readonly Row<Table>[]) {
  const columns = Object.entries(table.columns);
  const types = columns.map(([, { type }]) => DUCKDB_TYPE[type]);
  const appender = await connection.createAppender('rows');
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const part = rows.slice(start, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, part.length);
    chunk.setColumns(columns.map(([name]) => part.map((row) => duckDBValue(row[name]))));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

const duckDBValue = (value: unknown): DuckDBValue =>
  Array.isArray(value) ? listValue(value) : (value as DuckDBValue);
