import { totalmem } from 'node:os';
import { join } from 'node:path';
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
import { discard, writeFault } from '../schema/write-fault.ts';
import { openSpool, type Place, type Spool } from './spool.ts';
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
  /** Write a table's Parquet file (zstd), its rows in the order added. */
  write(table: Table, path: string): Promise<void>;
  /** Forget all rows. */
  close(): void;
}

/**
 * Open a store.
 * @param dir folder for the file that holds the rows; they are in memory where it is left out
 */
export function openRowStore(tables: readonly Table[], dir?: string): RowStore {
  const spool = dir === undefined ? null : openSpool(join(dir, 'rows'), 'w+');
  const parts = new Map(tables.map((table) => [table, startPart(table, spool)]));
  const partOf = (table: Table): Part => {
    const part = parts.get(table);
    if (part !== undefined) return part;
    throw new Error(`table ${table.name} is not in the row store: open it with the table`);
  };
  return {
    add: (table, rows) => addRows(table, partOf(table), rows),
    count: (table) => partOf(table).count,
    write: (table, path) => writePart(table, partOf(table), path, MEMORY),
    close: () => spool?.close(),
  };
}

/** [column][row] */
type Chunk = readonly (readonly unknown[])[];

/** The rows of one table that were added so far. */
interface Part {
  /** Values that wait until a chunk is full. As columns, so that rows are forgotten as they come. */
  readonly pending: unknown[][];
  /** Full chunks. */
  readonly chunks: (() => Chunk)[];
  /** Has a chunk wait in the file, or in memory. */
  readonly waiting: (chunk: Chunk) => () => Chunk;
  count: number | undefined;
}

/** Rows of a chunk, which are handed to DuckDB together: one of its vectors holds 2048. */
const CHUNK_ROWS = 2000;

function startPart({ columns }: Table, spool: Spool | null): Part {
  const inFile = (file: Spool, chunk: Chunk): (() => Chunk) => {
    const place: Place = file.put(chunk);
    return () => file.get<Chunk>(place);
  };
  return {
    pending: Object.keys(columns).map(() => []),
    chunks: [],
    waiting: (chunk) => (spool === null ? () => chunk : inFile(spool, chunk)),
    count: undefined,
  };
}

function addRows(table: Table, part: Part, rows: readonly Row<Table>[]): void {
  checkRows(table, rows, part.count);
  part.count = (part.count ?? 0) + rows.length;
  const names = Object.keys(table.columns);
  for (const row of rows) {
    for (const [i, name] of names.entries()) part.pending[i]!.push(row[name]);
    if (part.pending[0]!.length === CHUNK_ROWS) endChunk(part);
  }
}

function endChunk({ pending, chunks, waiting }: Part): void {
  chunks.push(waiting(pending.map((values) => [...values])));
  for (const values of pending) values.length = 0;
}

/** Memory in MiB that DuckDB may take for the rows of a table; others are in its own file meanwhile. */
const MEMORY = 32;

/**
 * Hand the chunks to DuckDB, and have it write the file. It has one thread, so that the order of rows and the bytes are
 * reproducible. Where its memory is too little, as for a row group of long texts, all is done again with more.
 */
async function writePart(table: Table, part: Part, path: string, memory: number): Promise<void> {
  if (part.pending[0]!.length > 0) endChunk(part);
  try {
    await withDuckDB({ memory, folder: `${path}.rows` }, async (connection) => {
      await connection.run(`CREATE TABLE rows (${schema(table)})`);
      await append(connection, table, part.chunks);
      await connection.run(`COPY rows TO ${quote(path)} (FORMAT parquet, COMPRESSION zstd)`);
    });
  } catch (error) {
    discard(path);
    if (!isOutOfMemory(error) || 2 * memory * 2 ** 20 > totalmem()) throw writeFault(path, error);
    await writePart(table, part, path, 2 * memory);
  }
}

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error &&
  /out of memory|failed to pin block|failed to allocate/i.test(error.message);

async function withDuckDB(
  { memory, folder }: { readonly memory: number; readonly folder: string },
  use: (connection: DuckDBConnection) => Promise<void>,
): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: `${memory}MiB`,
    temp_directory: folder,
  });
  const connection = await instance.connect();
  try {
    await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
    discard(folder);
  }
}

async function append(
  connection: DuckDBConnection,
  table: Table,
  chunks: readonly (() => Chunk)[],
): Promise<void> {
  const types = Object.values(table.columns).map(({ type }) => DUCKDB_TYPE[type]);
  const appender = await connection.createAppender('rows');
  // One for all chunks: DuckDB's memory of a chunk is freed late.
  const dataChunk = DuckDBDataChunk.create(types);
  for (const [c, read] of chunks.entries()) {
    const chunk = read();
    dataChunk.reset();
    dataChunk.rowCount = chunk[0]!.length;
    for (const [i, values] of chunk.entries())
      dataChunk.setColumnValues(i, values.map(duckDBValue));
    appender.appendDataChunk(dataChunk);
    if (chunks.length < MANY && (c + 1) % HELD === 0) appender.flushSync();
  }
  appender.closeSync();
}

/** Chunks after which the appender hands its rows to a small table. */
const HELD = 10;

/**
 * Chunks of a large table. DuckDB's appender hands over as many at once by itself; rows that are more than a row group (122,880)
 * become row groups of their own, from which those of the Parquet file follow: with another number, it has other bytes.
 */
const MANY = 103;

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
