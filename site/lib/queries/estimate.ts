import { kept } from './kept.ts';
import type { Cell, Database, Row } from './query.ts';

/** One number from a query, with its interval where the query has one. */
export interface Estimate {
  readonly value: number;
  /** Null where the query has none; its bounds are null where too few clusters give none. */
  readonly interval: readonly [low: number | null, high: number | null] | null;
}

/** The study that is asked: its name is for errors. */
interface Asked {
  readonly name: string;
  readonly database: Database;
}

/**
 * The one row that a query gives: its column `mean`, else its only column; with `ci_low` and `ci_high`. Null where the
 * study has nothing of the kind: no row, or a row without a value.
 *
 * @param where the query is written, for the error's message
 * @throws `study x: content/explore.mdx:12: 2 rows, expected 1: from overall where …`
 */
export async function estimate(study: Asked, sql: string, where: string): Promise<Estimate | null> {
  const row = await onlyRow(study, sql, where);
  if (row === null) return null;
  const value = 'mean' in row ? row.mean : onlyValue(row);
  if (value === null) return null;
  if (typeof value !== 'number') throw faultOf(study, where, `no number: ${sql}`);
  if (!Number.isFinite(value)) return null; // a ratio over nothing
  const { ci_low, ci_high } = row;
  const interval =
    ci_low === undefined || ci_high === undefined
      ? null
      : ([boundOf(ci_low), boundOf(ci_high)] as const);
  return { value, interval };
}

const onlyValue = (row: Row): Cell | undefined =>
  Object.keys(row).length === 1 ? Object.values(row)[0] : undefined;

const boundOf = (value: Cell): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/**
 * Whether what a query asks is so; null where the study has nothing to tell it by.
 * @throws as `estimate` does
 */
export async function holds(study: Asked, sql: string, where: string): Promise<boolean | null> {
  const row = await onlyRow(study, sql, where);
  const value = row === null ? null : Object.values(row)[0];
  if (value === null || typeof value === 'boolean') return value;
  throw faultOf(study, where, `neither true nor false: ${sql}`);
}

/** A name that a query gives, and what it says of it. */
export interface Name {
  readonly name: string;
  readonly definition: string | null;
}

/**
 * The names that a query gives: the first column, text, of any number of rows; beside it the column `definition`,
 * where there is one. A name that is null is none: it is that of the largest of nothing.
 * @throws where the query fails or a name is no text
 */
export async function named(study: Asked, sql: string, where: string): Promise<Name[]> {
  const rows = await ask(study, sql, where);
  return rows.flatMap((row): Name[] => {
    const name = Object.values(row)[0];
    if (name === null) return [];
    if (typeof name !== 'string') throw faultOf(study, where, `no names: ${sql}`);
    return [{ name, definition: typeof row.definition === 'string' ? row.definition : null }];
  });
}

async function onlyRow(study: Asked, sql: string, where: string): Promise<Row | null> {
  const rows = await ask(study, sql, where);
  if (rows.length > 1) throw faultOf(study, where, `${rows.length} rows, expected 1: ${sql}`);
  return rows[0] ?? null;
}

const ask = (study: Asked, sql: string, where: string): Promise<Row[]> =>
  answersOf(study.database)(sql).catch((error: Error) => {
    throw faultOf(study, where, `${error.message.split('\n')[0]}`);
  });

/** A sentence stands on several pages; its questions are asked once. */
function answersOf(database: Database): (sql: string) => Promise<Row[]> {
  const known = answers.get(database) ?? kept((sql) => database.all(sql));
  answers.set(database, known);
  return known;
}

const answers = new WeakMap<Database, (sql: string) => Promise<Row[]>>();

const faultOf = ({ name }: Asked, where: string, fact: string): Error =>
  new Error(`study ${name}: ${where}: ${fact}`);
