import type { Row } from '../queries/query.ts';
import type { Control, Figure } from './figure.ts';

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

/**
 * A part of a figure's rows in the name of its file: the value itself where that is a few words, else what it has of
 * letters and a hash, for a topic may be any text. Runs in the build and in the browser.
 */
export const partName = (part: string): string =>
  /^[\w -]{1,60}$/.test(part)
    ? part
    : `${part.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40)}~${hash(part, 0)}${hash(part, 1)}`;

/** 32 bits of a text as hex digits (Fowler, Noll and Vo's FNV-1a, by UTF-16 units). @param seed another hash for each */
function hash(text: string, seed: number): string {
  let bits = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return (bits >>> 0).toString(16).padStart(8, '0');
}

/** The rows that a chart shows where this is chosen. */
export const rowsShown = (rows: readonly Row[], chosen: Chosen): Row[] =>
  rows.filter((row) =>
    Object.entries(chosen).every(([param, value]) => value === '' || row[param] === value),
  );

/** The rows that the chart shows before a reader has chosen anything in its controls. */
export const rowsShownFirst = (controls: readonly Control[], rows: readonly Row[]): Row[] =>
  rowsShown(
    rows,
    Object.fromEntries(controls.map(({ param, options }) => [param, options[0]!.value])),
  );

/** The values of a column, each once, in the order of the rows. */
export const distinct = (rows: readonly Row[], column: string): string[] => [
  ...new Set(rows.map((row) => String(row[column]))),
];

/** Whether every mean is 0, of at least one. */
export const allZero = (rows: readonly Row[]): boolean =>
  rows.length > 0 && rows.every(({ mean }) => mean === 0);

/** What is said of the rows that a chart shows, in words and as a count; also where none is of what is chosen. */
export const saidOf = (figure: Figure, shown: readonly Row[]): { words: string; n: string } =>
  shown.length === 0
    ? { words: 'Nothing is of what is chosen.', n: 'nothing' }
    : { words: figure.describe(shown), n: figure.n(shown) };

/** Rows that the table behind a figure holds at most, in the text and on the figure's own page; its files have all. */
export const MOST_ROWS = { inText: 10, alone: 200 } as const;

/** The SAEs that rows are about: `SAE res_3`, `12 SAEs`; nothing where they are about none. */
export function saesOf(rows: readonly Row[]): string | undefined {
  const saes = [...new Set(rows.flatMap(({ sae_id }) => (sae_id ? [String(sae_id)] : [])))];
  if (saes.length === 0) return undefined;
  return saes.length === 1 ? `SAE ${saes[0]}` : `${saes.length} SAEs`;
}
