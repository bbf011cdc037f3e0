import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { quote } from './sql.ts';

/** How the rows of two Parquet files differ, place by place. */
export interface TableDifference {
  /** Columns that only one of the files has; where there are any, no rows are compared. */
  readonly columns: readonly string[];
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  /** Places at which both files have a row, and the rows differ. */
  readonly differing: number;
  /** Columns that differ in anything but the size of a real number. */
  readonly otherwise: readonly string[];
  /** Columns of real numbers that differ, the largest share first. */
  readonly numbers: readonly NumberDifference[];
}

export interface NumberDifference {
  readonly column: string;
  /** The largest difference, as a share of the largest magnitude in the column. */
  readonly share: number;
}

/**
 * Compare two Parquet files row by row, in the order written.
 * @param before, after paths
 * @param except columns by which rows are not compared
 */
export async function compareTables(
  before: string,
  after: string,
  except: readonly string[] = [],
): Promise<TableDifference> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await compareWith(connection, { before, after, except });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function compareWith(
  connection: DuckDBConnection,
  { before, after, except }: { before: string; after: string; except: readonly string[] },
): Promise<TableDifference> {
  const [typesBefore, typesAfter] = [
    await columnTypes(connection, before),
    await columnTypes(connection, after),
  ];
  for (const column of except) for (const types of [typesBefore, typesAfter]) types.delete(column);
  const names = new Set([...typesBefore.keys(), ...typesAfter.keys()]);
  const columns = [...names].filter((name) => typesBefore.get(name) !== typesAfter.get(name));
  const counts = {
    rowsBefore: await count(connection, before),
    rowsAfter: await count(connection, after),
  };
  if (columns.length > 0) return { columns, ...counts, differing: 0, otherwise: [], numbers: [] };
  const pairs = await rowsOf(connection, pairsOf([...typesBefore], before, after));
  const found = pairs[0]!;
  const differing = [...names].filter((name) => found[`rows ${name}`] !== 0);
  const shares = differing.flatMap((column) => {
    const share = found[`share ${column}`];
    return typeof share === 'number' ? [{ column, share }] : [];
  });
  return {
    columns,
    ...counts,
    differing: Number(found.differing),
    otherwise: differing.filter((column) => found[`otherwise ${column}`] !== 0),
    numbers: shares.toSorted((a, b) => b.share - a.share),
  };
}

/**
 * SQL: one row about the rows at the same place of both files: how many differ, in each column how many do
 * (`rows`) and how many in anything but the size of a number (`otherwise`), and of numbers the largest difference (`share`).
 */
function pairsOf(types: readonly (readonly [string, string])[], before: string, after: string) {
  const differs = (column: string) => `a."${column}" IS DISTINCT FROM b."${column}"`;
  const counted = types.flatMap(([column, type]) => {
    const gap = gapOf(column, type);
    return [
      `count(*) FILTER (${differs(column)})::INTEGER AS "rows ${column}"`,
      `count(*) FILTER (${differs(column)} AND ${gap?.size ?? 'NULL'} IS NULL)::INTEGER AS "otherwise ${column}"`,
      ...(gap ? [`max(${gap.size}) / nullif(max(${gap.scale}), 0) AS "share ${column}"`] : []),
    ];
  });
  const any = types.map(([column]) => differs(column)).join(' OR ');
  const file = (path: string) => `read_parquet(${quote(path)}, file_row_number = true)`;
  return `SELECT count(*) FILTER (${any})::INTEGER AS differing, ${counted.join(', ')}
    FROM ${file(before)} a JOIN ${file(after)} b USING (file_row_number)`;
}

/** SQL of a column of real numbers: the difference at a place, and the larger magnitude there; null where sizes do not compare. */
function gapOf(column: string, type: string): { size: string; scale: string } | null {
  const [a, b] = [`a."${column}"`, `b."${column}"`];
  if (type === 'DOUBLE')
    return { size: `abs(${a} - ${b})`, scale: `greatest(abs(${a}), abs(${b}))` };
  if (type !== 'DOUBLE[]') return null;
  const gaps = `list_max(list_transform(list_zip(${a}, ${b}), lambda x: abs(x[1] - x[2])))`;
  const largest = (list: string) => `list_max(list_transform(${list}, lambda x: abs(x)))`;
  return {
    size: `CASE WHEN len(${a}) = len(${b}) THEN ${gaps} END`,
    scale: `greatest(${largest(a)}, ${largest(b)})`,
  };
}

const columnTypes = async (
  connection: DuckDBConnection,
  path: string,
): Promise<Map<string, string>> =>
  new Map(
    (await rowsOf(connection, `DESCRIBE FROM read_parquet(${quote(path)})`)).map(
      ({ column_name, column_type }) => [String(column_name), String(column_type)],
    ),
  );

const count = async (connection: DuckDBConnection, path: string): Promise<number> =>
  Number(
    (await rowsOf(connection, `SELECT count(*) AS n FROM read_parquet(${quote(path)})`))[0]!.n,
  );

const rowsOf = async (connection: DuckDBConnection, sql: string) =>
  (await connection.runAndReadAll(sql)).getRowObjectsJS();
