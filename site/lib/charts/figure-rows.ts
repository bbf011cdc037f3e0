import type { Row } from '../queries/query.ts';
import type { Figure } from './figure.ts';

/** What is chosen in a figure's controls, by column; an empty value keeps every row. */
export type Chosen = Readonly<Record<string, string>>;

/** The rows of each file: all, or those of each value of the column that splits them. */
export function partsOf(
  { split }: Pick<Figure, 'split'>,
  rows: readonly Row[],
): Map<string, Row[]> {
  return split === undefined
    ? new Map([['', [...rows]]])
    : Map.groupBy(rows, (row) => String(row[split]));
}

/** The rows that a chart shows where this is chosen. */
export const rowsShown = (rows: readonly Row[], chosen: Chosen): Row[] =>
  rows.filter((row) =>
    Object.entries(chosen).every(([param, value]) => value === '' || row[param] === value),
  );

/** The rows that the chart shows before a reader has chosen anything. */
export const rowsShownFirst = ({ controls }: Figure, rows: readonly Row[]): Row[] =>
  rowsShown(
    rows,
    Object.fromEntries(
      (controls?.(rows) ?? []).map(({ param, options }) => [param, options[0]!.value]),
    ),
  );

/** Rows that the table behind a figure holds at most, in the text and on the figure's own page; its files have all. */
export const MOST_ROWS = { inText: 10, alone: 200 } as const;

/** The SAEs that rows are about: `SAE res_3`, `12 SAEs`; nothing where they are about none. */
export function saesOf(rows: readonly Row[]): string | undefined {
  const saes = [...new Set(rows.flatMap(({ sae_id }) => (sae_id ? [String(sae_id)] : [])))];
  if (saes.length === 0) return undefined;
  return saes.length === 1 ? `SAE ${saes[0]}` : `${saes.length} SAEs`;
}
