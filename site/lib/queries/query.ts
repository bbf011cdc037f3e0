import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { showControls } from '../text/controls.ts';
import { claimsByStudy } from './claims.ts';
import { createFullSize, FULL_SIZE_TABLE } from './full-size.ts';
import { kept } from './kept.ts';
import { FULL_SIZE, PUBLISHED, PUBLISHED_DIR } from './published.ts';
import { type Results, remedied } from './results.ts';
import { quote } from './sql.ts';
import { studyRow, wordFunctions } from './study-row.ts';
import { createMissing, createStageCosts } from './study-tables.ts';
import { bootstrapFunctions } from './topic-bootstrap.ts';
import { FUNCTIONS, MACROS, VIEWS } from './views.ts';

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** A study's tables, open for questions. */
export interface Database {
  /** Every row, in the query's order. Integers of any width come as numbers. */
  all(sql: string): Promise<Row[]>;
  /** The same of rows with lists or structs in them. They come over as JSON: value by value they would take far longer. */
  nested<R>(sql: string): Promise<R[]>;
  /** The stored and published tables that a query reads, by itself or through a view or a table macro. */
  tablesOf(sql: string): Promise<string[]>;
}

/**
 * Open verified results: a view for each of their tables, and what `views.ts` adds to them.
 * @param fullSize the file of what a rehearsal took; its table is empty where there is none
 */
export async function openDatabase(
  {
    dir,
    place = dir,
    manifest,
  }: Pick<Results, 'dir' | 'manifest'> & Partial<Pick<Results, 'place'>>,
  fullSize = join(PUBLISHED_DIR, FULL_SIZE),
): Promise<Database> {
  // Several threads would add up a sum in the order in which they end, and two builds differ in its last digits.
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await storeTables(connection, { dir, manifest }, fullSize);
  const tables = [
    ...Object.values(manifest.files).map(({ table }) => table),
    ...Object.keys(PUBLISHED),
    FULL_SIZE_TABLE,
  ];
  const explained = explain(place);
  await defineNames(connection, manifest).catch(explained);
  const stored = kept((view) => keep(connection, view));
  const ready = async (sql: string): Promise<void> => {
    for (const view of ASKED_OFTEN.filter((view) => sql.includes(view))) await stored(view);
  };
  const others = Array.from({ length: ASKED_AT_ONCE - 1 }, () => instance.connect());
  const connections = [connection, ...(await Promise.all(others))];
  let asked = 0;
  const next = () => connections[asked++ % connections.length]!;
  const all = (sql: string) =>
    ready(sql)
      .then(() => rowsOf(next(), sql))
      .catch(explained);
  return {
    all,
    nested: async <R>(sql: string) => {
      const rows = await all(`SELECT to_json(r)::VARCHAR AS json FROM (${sql}) r`);
      return rows.map(({ json }) => parsed<R>(String(json)));
    },
    tablesOf: tablesBehind(next, tables),
  };
}

/** The study's tables, those of the published exploration, and those that the report makes of its own. */
async function storeTables(
  connection: DuckDBConnection,
  { dir, manifest }: Pick<Results, 'dir' | 'manifest'>,
  fullSize: string,
): Promise<void> {
  for (const [file, { table }] of Object.entries(manifest.files))
    await connection.run(`CREATE VIEW ${table} AS FROM read_parquet(${quote(join(dir, file))})`);
  for (const [name, file] of Object.entries(PUBLISHED))
    await connection.run(
      `CREATE TABLE ${name} AS FROM read_csv(${quote(join(PUBLISHED_DIR, file))})`,
    );
  for (const sql of [
    ...createFullSize(fullSize),
    ...createMissing(manifest),
    ...createStageCosts(manifest),
  ])
    await connection.run(sql);
  await connection.run(claimsByStudy());
}

/** What queries may ask by name: of the study itself, by its words, and by the views and macros of `views.ts`. */
async function defineNames(connection: DuckDBConnection, manifest: Manifest): Promise<void> {
  const functions = {
    ...FUNCTIONS,
    ...wordFunctions(manifest.form),
    ...bootstrapFunctions(manifest.bootstrap),
  };
  await connection.run(`CREATE VIEW study AS ${studyRow(manifest)}`);
  for (const [signature, sql] of Object.entries(functions))
    await connection.run(`CREATE MACRO ${signature} AS ${sql}`);
  for (const [name, sql] of Object.entries(VIEWS))
    await connection.run(`CREATE VIEW ${name} AS ${sql}`);
  for (const [signature, sql] of Object.entries(MACROS))
    await connection.run(`CREATE MACRO ${signature} AS TABLE ${sql}`);
}

/** JSON has control characters as escapes. */
const parsed = <R>(json: string): R =>
  JSON.parse(
    json,
    /\\[bfu]/.test(json)
      ? (_, value) => (typeof value === 'string' ? showControls(value) : value)
      : undefined,
  ) as R;

/** Queries that run side by side, each on one thread. */
const ASKED_AT_ONCE = 2;

/** Views that the prose asks again and again, and that take long: their rows are kept from the first question on. */
const ASKED_OFTEN = ['audit_numbers'];

async function keep(connection: DuckDBConnection, view: string): Promise<void> {
  await connection.run(`CREATE TABLE kept_${view} AS FROM ${view}`);
  await connection.run(`CREATE OR REPLACE VIEW ${view} AS FROM kept_${view}`);
}

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  const result = await connection.runAndReadAll(sql);
  const names = result.deduplicatedColumnNames();
  const columns = result.getColumnsJS();
  return Array.from({ length: result.currentRowCount }, (_, i) => {
    const row: Record<string, Cell> = {};
    for (const [c, name] of names.entries()) row[name] = cell(columns[c]![i]);
    return row;
  });
}

/** Control characters of texts are shown from here on: a model may write any, and pages and files may have none. */
function cell(value: unknown): Cell {
  if (typeof value === 'string') return showControls(value);
  return typeof value === 'bigint' ? Number(value) : ((value ?? null) as Cell);
}

/** Which of the stored tables a query reads. Each query, and each view within one, is looked through once. */
function tablesBehind(
  next: () => DuckDBConnection,
  stored: readonly string[],
): Database['tablesOf'] {
  const find = async (sql: string): Promise<string[]> => {
    const named = await tablesNamed(next(), sql);
    const inner = named.flatMap((name) => definitionOf(name) ?? []).map(tablesOf);
    const all = [
      ...stored.filter((name) => named.includes(name)),
      ...(await Promise.all(inner)).flat(),
    ];
    return [...new Set(all)].sort();
  };
  const tablesOf = kept(find);
  return tablesOf;
}

/** The query behind the name of a view or a table macro. */
const definitionOf = (name: string): string | undefined =>
  VIEWS[name] ??
  Object.entries(MACROS).find(([signature]) => signature.startsWith(`${name}(`))?.[1];

/**
 * Every name that stands in a query where a table can: tables, views, table macros and what these are given, its own
 * subqueries.
 */
async function tablesNamed(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const [row] = await rowsOf(connection, `SELECT json_serialize_sql(${quote(sql)}) AS tree`);
  const names: string[] = [];
  JSON.parse(String(row!.tree), (_, node) => {
    if (node?.type === 'BASE_TABLE') names.push(node.table_name);
    if (node?.type === 'TABLE_FUNCTION') {
      names.push(node.function.function_name);
      for (const { value } of node.function.children) names.push(String(value?.value));
    }
    return node;
  });
  return names;
}

/** Say of a table that DuckDB does not know which file would hold it. */
const explain =
  (dir: string) =>
  (error: Error): never => {
    const table = /Table with name (\w+) does not exist/.exec(error.message)?.[1];
    if (table !== undefined) throw remedied(`${join(dir, `${table}.parquet`)}: missing`);
    throw error;
  };
