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

/** The module that writes tables: every table depends on its code. */
export const WRITER = import.meta.url;

/**
 * Write rows as zstd Parquet in the order given, to a temporary name and then renamed. The same rows give the same bytes.
 * @throws where a value does not fit its column
 */
export async function writeParquet<T extends Table>(
  path: string,
  to: T,
  rows: readonly Row<T>[],
): Promise<void> {
  checkRows(to, rows);
  const partial = `${path}.tmp`;
  await withDuckDB(async (connection) => {
    await connection.run(`CREATE TABLE rows (${schema(to)})`);
    await append(connection, to, rows);
    await connection.run(`COPY rows TO ${quote(partial)} (FORMAT parquet, COMPRESSION zstd)`);
  }).catch((error: unknown) => {
    rmSync(partial, { force: true });
    throw error;
  });
  renameSync(partial, path);
}

/**
 * Read every row, or those that an SQL condition holds for, in the order written.
 * @throws `completions.parquet: expected columns …, found …` where the file has another schema
 */
export async function readParquet<T extends Table>(
  path: string,
  from: T,
  where = 'true',
): Promise<Row<T>[]> {
  return withDuckDB(async (connection) => {
    const sql = `SELECT * FROM read_parquet(${quote(path)}) WHERE ${where}`;
    const result = await connection.runAndReadAll(sql);
    const [wanted, found] = [Object.keys(from.columns), result.columnNames()];
    if (wanted.join() !== found.join())
      throw new Error(`${path}: expected columns ${wanted.join(' ')}, found ${found.join(' ')}`);
    return result.getRowObjectsJS() as unknown as Row<T>[];
  });
}

/** A string as an SQL literal. */
export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Run with a private in-memory database; one thread, so that row order and bytes are fixed. */
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

const schema = (of: Table): string =>
  Object.entries(of.columns)
    .map(([name, at]) => `"${name}" ${at.type}${at.nullable ? '' : ' NOT NULL'}`)
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

async function append(connection: DuckDBConnection, to: Table, rows: readonly Row<Table>[]) {
  const columns = Object.entries(to.columns);
  const types = columns.map(([, at]) => DUCKDB_TYPE[at.type]);
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
