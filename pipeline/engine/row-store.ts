import { totalmem } from 'node:os';
import { join } from 'node:path';
import {
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
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
import { writeFault, writing } from '../schema/write-fault.ts';
import { quote } from './sql.ts';

/**
 * The rows of some tables, until their Parquet files are written. Rows may be added in parts of any size: the files depend
 * on the rows and their order alone.
 */
export interface RowStore {
  /** Add rows after those that were added before. @throws where a value does not fit its column, or the disk is full */
  add<T extends Table>(table: T, rows: readonly Row<T>[]): void;
  /** Number of rows added; undefined where `add` was not called for the table, not even with no rows. */
  count(table: Table): number | undefined;
  /** Write a table's Parquet file (zstd), its rows in the order added. It is the last that is asked of the table. */
  write(table: Table, path: string): Promise<void>;
  /** Forget all rows. */
  close(): void;
}

/**
 * Open a store. Each table has a DuckDB of its own, with one thread: the order of rows and the bytes of files are reproducible,
 * whatever comes between the rows of a table.
 * @param dir folder for rows that are more than memory should hold; all are in memory where it is left out
 */
export async function openRowStore(tables: readonly Table[], dir?: string): Promise<RowStore> {
  const parts = new Map<Table, Part>();
  for (const table of tables) parts.set(table, await openPart(table, dir));
  const partOf = (table: Table): Part => {
    const part = parts.get(table);
    if (part !== undefined) return part;
    throw new Error(`table ${table.name} is not in the row store: open it with the table`);
  };
  return {
    add: (table, rows) => addRows(table, partOf(table), rows, dir ?? table.name),
    count: (table) => partOf(table).count,
    write: (table, path) => writePart(table, partOf(table), path),
    close() {
      for (const part of parts.values()) closePart(part);
    },
  };
}

/** The rows of one table that were added so far. */
interface Part {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly appender: DuckDBAppender;
  /** Filled again and again: DuckDB's memory of a chunk is freed late. */
  readonly chunk: DuckDBDataChunk;
  /** [column][row]: values that wait until a chunk is full. As columns, so that rows are forgotten as they come. */
  readonly pending: DuckDBValue[][];
  /** Chunks that were filled. */
  chunks: number;
  count: number | undefined;
  isOpen: boolean;
}

/** Memory that DuckDB may take for the rows of a table; it writes the others to the store's folder. */
const MEMORY = '32MB';

/** Rows that are handed to DuckDB together: one of its vectors holds 2048. */
const CHUNK_ROWS = 2000;

/** Chunks after which the appender hands its rows to the table, at first. */
const CHUNKS_HELD = 10;

/**
 * Chunks after which it does so in a table that has as many. Rows that come together and are more than a row group (122,880)
 * become row groups of their own, from which those of the Parquet file follow: with another number, large tables have other
 * bytes. In a smaller table, rows fill row groups in either way.
 */
const CHUNKS_HELD_LATER = 103;

async function openPart(table: Table, dir: string | undefined): Promise<Part> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    ...(dir !== undefined && { memory_limit: MEMORY, temp_directory: join(dir, table.name) }),
  });
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE ${nameOf(table)} (${schema(table)})`);
  const types = Object.values(table.columns).map(({ type }) => DUCKDB_TYPE[type]);
  return {
    instance,
    connection,
    appender: await connection.createAppender(table.name),
    chunk: DuckDBDataChunk.create(types),
    pending: types.map(() => []),
    chunks: 0,
    count: undefined,
    isOpen: true,
  };
}

function closePart(part: Part): void {
  if (!part.isOpen) return;
  part.isOpen = false;
  part.connection.closeSync();
  part.instance.closeSync();
}

const nameOf = ({ name }: Table): string => `"${name}"`;

function addRows(table: Table, part: Part, rows: readonly Row<Table>[], path: string): void {
  checkRows(table, rows, part.count);
  part.count = (part.count ?? 0) + rows.length;
  const names = Object.keys(table.columns);
  for (const row of rows) {
    for (const [i, name] of names.entries()) part.pending[i]!.push(duckDBValue(row[name]));
    if (part.pending[0]!.length === CHUNK_ROWS) writing(path, () => appendPending(part));
  }
}

function appendPending(part: Part): void {
  const { chunk, pending, appender } = part;
  chunk.reset();
  chunk.rowCount = pending[0]!.length;
  for (const [i, values] of pending.entries()) chunk.setColumnValues(i, values);
  appender.appendDataChunk(chunk);
  for (const values of pending) values.length = 0;
  part.chunks += 1;
  const { chunks } = part;
  const isFirst = chunks < CHUNKS_HELD_LATER;
  if (chunks % (isFirst ? CHUNKS_HELD : CHUNKS_HELD_LATER) === 0) appender.flushSync();
}

async function writePart(table: Table, part: Part, path: string): Promise<void> {
  const { connection, appender } = part;
  try {
    if (part.pending[0]!.length > 0) appendPending(part);
    appender.closeSync();
    const name = nameOf(table);
    const copy = `COPY ${name} TO ${quote(path)} (FORMAT parquet, COMPRESSION zstd)`;
    await connection.run(copy).catch(async (error: unknown) => {
      if (!isOutOfMemory(error)) throw error;
      // A row group of long texts or lists does not fit: take what it needs.
      await connection.run(`SET memory_limit = '${Math.floor(totalmem() / 2 ** 21)}MiB'`);
      await connection.run(copy);
    });
    closePart(part);
  } catch (error) {
    throw writeFault(path, error);
  }
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && /out of memory/i.test(error.message);

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

const duckDBValue = (value: unknown): DuckDBValue =>
  Array.isArray(value) ? listValue(value) : (value as DuckDBValue);
