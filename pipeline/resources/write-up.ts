import { join } from 'node:path';
import { z } from 'zod';
import { readForeignText } from '../schema/foreign-file.ts';

const text = z.string().min(1);
/** An empty cell is no number, and would be taken for 0. */
const number = z
  .string()
  .regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i, 'expected a number')
  .transform(Number)
  .pipe(z.number());
const figures = {
  items_mean: number,
  items_variance: number,
  shannon_mean: number,
  shannon_variance: number,
};

/** The columns of each of the write-up’s tables that rules read, by file. */
const FILES = {
  bySae: ['ablation-by-sae.csv', z.object({ sae_id: text, ...figures })],
  byTopic: ['ablation-by-topic.csv', z.object({ topic: text, ...figures })],
  itemsByList: [
    'items-by-list.csv',
    z.object({ topic: text, replicate: number, items: number, items_variance: number }),
  ],
  topFeatures: ['top-features.csv', z.object({ topic: text, sae_id: text, features: text })],
  entropyFigures: ['entropy-figures.csv', z.object({ template: text, heading: text, file: text })],
  saes: ['saes.csv', z.object({ sae_id: text })],
} as const;

/** The figures that the write-up prints, as they were copied from it into `data/published`. */
export type WriteUp = {
  readonly [K in keyof typeof FILES]: readonly z.infer<(typeof FILES)[K][1]>[];
};

/** Paths of the write-up’s tables in a folder. */
export const writeUpFiles = (dir: string): string[] =>
  Object.values(FILES).map(([file]) => join(dir, file));

/** The write-up’s tables of a folder. @throws one line about the first fault of a file */
export const readWriteUp = (dir: string): WriteUp => ({
  bySae: rowsOf(dir, FILES.bySae),
  byTopic: rowsOf(dir, FILES.byTopic),
  itemsByList: rowsOf(dir, FILES.itemsByList),
  topFeatures: rowsOf(dir, FILES.topFeatures),
  entropyFigures: rowsOf(dir, FILES.entropyFigures),
  saes: rowsOf(dir, FILES.saes),
});

/** @throws `data/published/saes.csv:3: …`, one line about the first fault */
function rowsOf<T extends z.ZodType>(
  dir: string,
  [file, schema]: readonly [string, T],
): z.infer<T>[] {
  const path = join(dir, file);
  const [head, ...lines] = readForeignText({ path, remedy: 'mend the file' })
    .trimEnd()
    .split(/\r?\n/);
  const names = cellsOf(head ?? '', `${path}:1`);
  if (lines.length === 0) throw new Error(`${path}: no row: mend the file`);
  return lines.map((line, i) => {
    const place = `${path}:${i + 2}`;
    const cells = cellsOf(line, place);
    if (lines.indexOf(line) < i) throw new Error(`${place}: a line twice: mend the file`);
    if (cells.length !== names.length)
      throw new Error(`${place}: ${cells.length} cells, and ${names.length} names: mend the file`);
    const row = schema.safeParse(Object.fromEntries(names.map((name, c) => [name, cells[c]])));
    if (row.success) return row.data;
    const [issue] = row.error.issues;
    throw new Error(`${place}: ${issue?.path.join('.')}: ${issue?.message}: mend the file`);
  });
}

/** The cells of a line; none of these tables has a quoted one. */
function cellsOf(line: string, place: string): string[] {
  if (line.includes('"')) throw new Error(`${place}: a quoted cell: write it without a comma`);
  return line.split(',');
}
