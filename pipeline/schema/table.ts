/**
 * A table's columns, each with its type, meaning and unit. The TypeScript type of a row, the Parquet
 * schema and the data dictionary all come from this one declaration.
 */
export interface Table<C extends Columns = Columns> {
  readonly name: string;
  /** What one row is: 'one generated list'. */
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
  /** Carries `V` to the type checker; never set. */
  readonly value?: V;
}

/** SQL types, as DuckDB and Parquet name them. */
export type ColumnType = 'VARCHAR' | 'INTEGER' | 'DOUBLE' | 'BOOLEAN' | 'INTEGER[]' | 'DOUBLE[]';

export type Columns = Readonly<Record<string, Column>>;

/** The row that a table's columns describe. */
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

/** The same column where a row may have no value. */
export const nullable = <V>(from: Column<V>): Column<V | null> => ({
  ...(from as Column<V | null>),
  nullable: true,
});

/**
 * Refuse the first value that its column cannot hold.
 * @throws `items.item_index: expected INTEGER, received NaN (row 12)`
 */
export function checkRows(to: Table, rows: readonly Readonly<Record<string, unknown>>[]): void {
  for (const [name, at] of Object.entries(to.columns))
    rows.forEach((row, i) => {
      if (!fits(row[name], at))
        throw new Error(
          `${to.name}.${name}: expected ${expected(at)}, received ${String(row[name])} (row ${i})`,
        );
    });
}

const column = <V>(type: ColumnType, meaning: string, unit: string | null): Column<V> => ({
  type,
  meaning,
  unit,
  nullable: false,
});

const isInteger = (v: unknown): boolean => Number.isInteger(v) && Math.abs(v as number) < 2 ** 31;

const FITS: Readonly<Record<ColumnType, (v: unknown) => boolean>> = {
  VARCHAR: (v) => typeof v === 'string',
  INTEGER: isInteger,
  DOUBLE: Number.isFinite,
  BOOLEAN: (v) => typeof v === 'boolean',
  'INTEGER[]': (v) => Array.isArray(v) && v.every(isInteger),
  'DOUBLE[]': (v) => Array.isArray(v) && v.every(Number.isFinite),
};

function fits(value: unknown, at: Column): boolean {
  if (value === null) return at.nullable;
  return FITS[at.type](value) && (at.values === undefined || at.values.includes(value as string));
}

const expected = (at: Column): string =>
  (at.values?.join(' | ') ?? at.type) + (at.nullable ? ' | null' : '');
