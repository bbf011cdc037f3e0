/** Rows of one form, column by column: a third of the size in a file. Runs in the build and in the browser. */
export type ColumnsOf<R> = { readonly [K in keyof R]: readonly R[K][] };

export function toColumns<R extends object>(rows: readonly R[]): ColumnsOf<R> {
  const names = Object.keys(rows[0] ?? {}) as (keyof R)[];
  return Object.fromEntries(
    names.map((name) => [name, rows.map((row) => row[name])]),
  ) as unknown as ColumnsOf<R>;
}

export function toRows<R extends object>(columns: ColumnsOf<R>): R[] {
  const entries = Object.entries(columns) as [string, readonly unknown[]][];
  return Array.from(
    { length: entries[0]?.[1].length ?? 0 },
    (_, i) => Object.fromEntries(entries.map(([name, values]) => [name, values[i]])) as R,
  );
}
