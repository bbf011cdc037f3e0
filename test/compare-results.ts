import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { TIMED_COLUMNS } from '../pipeline/schema/layer-heuristics.ts';

/**
 * Compare the tables of two results folders by content, both ways; what stands in a file beside its rows does not count.
 *
 *   node test/compare-results.ts BEFORE AFTER [RENAMES.json]
 *
 * `RENAMES.json` says what is called otherwise after: `{ table: { columns: { old: new }, values: { column: { old: new } },
 * added: 'SQL: rows of AFTER that BEFORE cannot have' } }`. Columns that only AFTER has are listed, and are no difference.
 */
const Renames = z.record(
  z.string(),
  z.strictObject({
    columns: z.record(z.string(), z.string()).default({}),
    values: z.record(z.string(), z.record(z.string(), z.string())).default({}),
    added: z.string().default('false'),
  }),
);
type Rename = z.infer<typeof Renames>[string];
const SAME: Rename = { columns: {}, values: {}, added: 'false' };

const [before, after, renamesFile] = process.argv.slice(2);
if (before === undefined || after === undefined)
  throw new Error('give two results folders: node test/compare-results.ts BEFORE AFTER');
const renames = Renames.parse(
  renamesFile === undefined ? {} : JSON.parse(readFileSync(renamesFile, 'utf8')),
);
const connection = await (await DuckDBInstance.create(':memory:')).connect();

const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
const tablesIn = (dir: string) =>
  readdirSync(dir)
    .filter((file) => file.endsWith('.parquet'))
    .map((file) => basename(file, '.parquet'));
const columnsOf = async (path: string) =>
  (await rowsOf(`DESCRIBE FROM '${path}'`)).map(({ column_name }) => String(column_name));
const count = async (sql: string) =>
  Number((await rowsOf(`SELECT count(*) AS n FROM (${sql})`))[0]!.n);

/** A column of BEFORE as AFTER has it. */
function renamed(column: string, { columns, values }: Rename): string {
  const cases = Object.entries(values[column] ?? {}).map(
    ([old, now]) => `WHEN "${column}" = '${old}' THEN '${now}'`,
  );
  const value = cases.length > 0 ? `CASE ${cases.join(' ')} ELSE "${column}" END` : `"${column}"`;
  return `${value} AS "${columns[column] ?? column}"`;
}

/** @returns what differs, in one line; null where the table is the same */
async function difference(table: string): Promise<string | null> {
  const [old, now] = [join(before!, `${table}.parquet`), join(after!, `${table}.parquet`)];
  const rename = renames[table] ?? SAME;
  const [columns, present] = [await columnsOf(old), await columnsOf(now)];
  const nameAfter = (column: string) => rename.columns[column] ?? column;
  const lost = columns.filter((column) => !present.includes(nameAfter(column)));
  const timed: readonly string[] = table === 'layer_heuristics' ? TIMED_COLUMNS : [];
  const shared = columns.filter((column) => !lost.includes(column) && !timed.includes(column));
  const added = present.filter((column) => !columns.map(nameAfter).includes(column));
  const left = `SELECT ${shared.map((column) => renamed(column, rename)).join(', ')} FROM '${old}'`;
  const names = shared.map((column) => `"${nameAfter(column)}"`).join(', ');
  const right = `SELECT ${names} FROM '${now}' WHERE NOT (${rename.added})`;
  const onlyBefore = await count(`${left} EXCEPT ALL ${right}`);
  const onlyAfter = await count(`${right} EXCEPT ALL ${left}`);
  if (added.length > 0) console.log(`${table}: new columns ${added.join(' ')}`);
  if (onlyBefore + onlyAfter + lost.length === 0) return null;
  return `${table}: ${onlyBefore} rows only before, ${onlyAfter} only after, columns lost: ${lost.join(' ') || 'none'}`;
}

const tables = tablesIn(before);
const missing = tables.filter((table) => !tablesIn(after).includes(table));
const differences = missing.map((table) => `${table}: missing after`);
for (const table of tables.filter((name) => !missing.includes(name)))
  differences.push(...[await difference(table)].filter((line) => line !== null));
for (const line of differences) console.log(line);
console.log(`${tables.length} tables compared, ${differences.length} differ`);
process.exitCode = differences.length === 0 ? 0 : 1;
