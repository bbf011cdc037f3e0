/**
 * A table's columns, each with its type, meaning and unit. The TypeScript type of a row, the Parquet
 * schema and the data dictionary all come from this one declaration.
 */
export interface Table<C extends Columns = Columns> {
  readonly name: string;
  /** What one row describes: 'one generated list'. */
  readonly row: string;
  readonly columns: C;
}

export interface Column<V = unknown> {
  readonly type: ColumnType;
  readonly meaning: string;
  readonly unit: string | null;
  readonly nullable: boolean;
  /** The only values that a text column may hold. */
  readonly values?: readonly string[];
  /** Never set: carries the type `V`. */
  readonly value?: V;
}

/** SQL types, as DuckDB and Parquet name them. */
export type ColumnType = 'VARCHAR' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'INTEGER[]' | 'DOUBLE[]';

export type Columns = Readonly<Record<string, Column>>;

/** The type of a table's rows. */
export type Row<T extends Table> = { [K in keyof T['columns']]: Value<T['columns'][K]> };
type Value<C> = C extends Column<infer V> ? V : never;

export const table = <C extends Columns>(name: string, row: string, columns: C): Table<C> => ({
  name,
  row,
  columns,
});

export const text = (meaning: string): Column<string> => column('VARCHAR', meaning, null);

export const oneOf = <const V extends string>(
  values: readonly V[],
  meaning: string,
): Column<V> => ({ ...column<V>('VARCHAR', meaning, null), values });

export const integer = (meaning: string, unit: string | null = null): Column<number> =>
  column('INTEGER', meaning, unit);

export const real = (meaning: string, unit: string | null = null): Column<number> =>
  column('DOUBLE', meaning, unit);

export const flag = (meaning: string): Column<boolean> => column('BOOLEAN', meaning, null);

export const integers = (meaning: string, unit: string | null = null): Column<number[]> =>
  column('INTEGER[]', meaning, unit);

export const reals = (meaning: string, unit: string | null = null): Column<number[]> =>
  column('DOUBLE[]', meaning, unit);

/** The column, but with null allowed. */
export const nullable = <V>(column: Column<V>): Column<V | null> => ({
  ...column,
  nullable: true,
});

/**
 * Check that every value has the type of its column.
 * @param first the number of the first row, for the error
 * @throws `items.item_index: expected INTEGER, received NaN (row 12)`, for the first that does not
 */
export function checkRows(
  table: Table,
  rows: readonly Readonly<Record<string, unknown>>[],
  first = 0,
): void {
  for (const [name, column] of Object.entries(table.columns))
    rows.forEach((row, i) => {
      if (!isValid(row[name], column))
        throw new Error(
          `${table.name}.${name}: expected ${expected(column)}, received ${String(row[name])} (row ${first + i})`,
        );
    });
}

const column = <V>(type: ColumnType, meaning: string, unit: string | null): Column<V> => ({
  type,
  meaning,
  unit,
  nullable: false,
});

const isInteger = (v: unknown): boolean =>
  typeof v === 'number' && Number.isInteger(v) && Math.abs(v) < 2 ** 31;

const IS_OF_TYPE: Readonly<Record<ColumnType, (v: unknown) => boolean>> = {
  VARCHAR: (v) => typeof v === 'string',
  INTEGER: isInteger,
  DOUBLE: Number.isFinite,
  BOOLEAN: (v) => typeof v === 'boolean',
  'INTEGER[]': (v) => Array.isArray(v) && v.every(isInteger),
  'DOUBLE[]': (v) => Array.isArray(v) && v.every(Number.isFinite),
};

function isValid(value: unknown, { type, nullable, values }: Column): boolean {
  if (value === null) return nullable;
  return IS_OF_TYPE[type](value) && (values === undefined || values.some((v) => v === value));
}

const expected = ({ type, nullable, values }: Column): string =>
  (values?.join(' | ') ?? type) + (nullable ? ' | null' : '');
