/** A value of a Parquet table, as a browser reads it. */
export type TableCell = string | number | boolean | null | readonly TableCell[];
export type TableRow = Readonly<Record<string, TableCell>>;

/** What a reader typed under the heads of a table, by column; no entry for a column that keeps all. */
export type Filters = Readonly<Record<string, string>>;

export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** One condition, as a test in the browser and as SQL for DuckDB; both keep the same rows. */
interface Condition {
  readonly keeps: (cell: TableCell) => boolean;
  readonly sql: string;
}

/**
 * Rows that every filter keeps.
 * @throws where a filter cannot be read: `n_items: ">many" is not a number`
 */
export function filterRows(rows: readonly TableRow[], filters: Filters): TableRow[] {
  const conditions = conditionsOf(rows, filters);
  return rows.filter((row) => conditions.every(([column, { keeps }]) => keeps(row[column]!)));
}

/** Nothing stands last, whichever way; rows that are equal keep their order. */
export function sortRows(rows: readonly TableRow[], order: Order | null): readonly TableRow[] {
  if (order === null) return rows;
  const { column, descending } = order;
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [a[column]!, b[column]!];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * compare(x, y);
  });
}

/** By UTF-8 bytes, as DuckDB does, whose order that of code points is; UTF-16 units would differ. */
function compare(x: TableCell, y: TableCell): number {
  if (typeof x !== 'string' || typeof y !== 'string') return Number(x) - Number(y);
  const [a, b] = [[...x], [...y]];
  const at = a.findIndex((char, i) => char !== b[i]);
  if (at < 0) return a.length - b.length;
  return (a[at]!.codePointAt(0) ?? 0) - (b[at]?.codePointAt(0) ?? -1);
}

/** The same rows, as a question to DuckDB. */
export function sqlOf(
  file: string,
  rows: readonly TableRow[],
  filters: Filters,
  order: Order | null,
): string {
  const where = conditionsOf(rows, filters).map(([, { sql }]) => sql);
  return [
    `FROM '${file}'`,
    ...(where.length > 0 ? [`WHERE ${where.join(' AND ')}`] : []),
    ...(order ? [`ORDER BY ${order.column}${order.descending ? ' DESC' : ''} NULLS LAST`] : []),
  ].join(' ');
}

/** An argument of a shell. */
export const shellWord = (text: string): string => `"${text.replaceAll(/["$`\\]/g, '\\$&')}"`;

const conditionsOf = (rows: readonly TableRow[], filters: Filters): [string, Condition][] =>
  Object.entries(filters)
    .filter(([, typed]) => typed.trim() !== '')
    .map(([column, typed]) => [column, conditionOf(column, typed.trim(), typeIn(rows, column))]);

/** @returns `object` for a list, null where no row has a value */
export function typeIn(rows: readonly TableRow[], column: string): string | null {
  const found = rows.find((row) => row[column] !== null)?.[column];
  return found === undefined ? null : typeof found;
}

function conditionOf(column: string, typed: string, type: string | null): Condition {
  if (typed === 'null') return { keeps: (cell) => cell === null, sql: `${column} IS NULL` };
  if (type === 'number') return comparison(column, typed);
  if (type === 'boolean') return truth(column, typed);
  return part(column, typed);
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

function comparison(column: string, typed: string): Condition {
  const [, sign = '', rest] = /^([<>]=?|=)?\s*(.*)$/.exec(typed)!;
  const bound = Number(rest);
  if (rest === '' || !Number.isFinite(bound))
    throw new Error(`${column}: “${typed}” is no number; such as 5, >5 or <=0.5`);
  const name = sign === '' ? '=' : sign;
  const holds = COMPARISONS[name]!;
  return {
    keeps: (cell) => typeof cell === 'number' && holds(cell, bound),
    sql: `${column} ${name} ${bound}`,
  };
}

function truth(column: string, typed: string): Condition {
  if (!/^(true|false)$/i.test(typed))
    throw new Error(`${column}: “${typed}” is neither true nor false`);
  const wanted = typed.toLowerCase() === 'true';
  return { keeps: (cell) => cell === wanted, sql: wanted ? column : `NOT ${column}` };
}

/** `=word` is the whole value; `word` a part of it, in capitals or not. */
function part(column: string, typed: string): Condition {
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
  if (typed.startsWith('=')) {
    const whole = typed.slice(1);
    return { keeps: (cell) => cell === whole, sql: `${column} = ${literal(whole)}` };
  }
  const wanted = typed.toLowerCase();
  return {
    keeps: (cell) => cell !== null && cellWords(cell).toLowerCase().includes(wanted),
    sql: `contains(lower(${column}::VARCHAR), ${literal(wanted)})`,
  };
}

/** A cell as DuckDB spells it; nothing for no value. */
export const cellWords = (cell: TableCell): string =>
  Array.isArray(cell) ? `[${cell.map(cellWords).join(', ')}]` : cell === null ? '' : String(cell);
