import type { Database, Row } from './query.ts';

/** One number from a query, with its interval where the query has one. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [low: number, high: number] | null;
}

/**
 * The one row that a query gives: its column `mean`, else its only column; with `ci_low` and `ci_high`.
 *
 * @param where the query is written, for the error's message
 * @throws `content/2-explore.mdx:12: 0 rows, expected 1: from overall where …`
 */
export async function estimate(database: Database, sql: string, where: string): Promise<Estimate> {
  const row = await onlyRow(database, sql, where);
  const value = row.mean ?? (Object.keys(row).length === 1 ? Object.values(row)[0] : undefined);
  if (typeof value !== 'number') throw new Error(`${where}: no number: ${sql}`);
  const { ci_low, ci_high } = row;
  const interval =
    typeof ci_low === 'number' && typeof ci_high === 'number' ? ([ci_low, ci_high] as const) : null;
  return { value, interval };
}

/**
 * Whether what a query asks is so.
 * @throws as `estimate` does
 */
export async function holds(database: Database, sql: string, where: string): Promise<boolean> {
  const value = Object.values(await onlyRow(database, sql, where))[0];
  if (typeof value !== 'boolean') throw new Error(`${where}: neither true nor false: ${sql}`);
  return value;
}

/** A name that a query gives, and what it says of it. */
export interface Name {
  readonly name: string;
  readonly definition: string | null;
}

/**
 * The names that a query gives: the first column, text, of any number of rows; beside it the column `definition`,
 * where there is one.
 * @throws where the query fails or a name is no text
 */
export async function named(database: Database, sql: string, where: string): Promise<Name[]> {
  return (await ask(database, sql, where)).map((row) => {
    const name = Object.values(row)[0];
    if (typeof name !== 'string') throw new Error(`${where}: no names: ${sql}`);
    return { name, definition: typeof row.definition === 'string' ? row.definition : null };
  });
}

async function onlyRow(database: Database, sql: string, where: string): Promise<Row> {
  const rows = await ask(database, sql, where);
  if (rows.length !== 1) throw new Error(`${where}: ${rows.length} rows, expected 1: ${sql}`);
  return rows[0]!;
}

const ask = (database: Database, sql: string, where: string): Promise<Row[]> =>
  database.all(sql).catch((error: Error) => {
    throw new Error(`${where}: ${error.message.split('\n')[0]}`);
  });
