import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { compareTables, type TableDifference } from '../engine/compare-tables.ts';
import { layerHeuristics, TIMED_COLUMNS } from '../schema/layer-heuristics.ts';
import { readManifest } from '../schema/manifest.ts';

/**
 * How far numbers may lie from the published ones on another machine: the largest difference in a column, as a share of
 * the column's largest magnitude. Sums are taken in another order there, which moves float32 in its last digits; where two
 * draws lie that close, a list takes another turn, and then rows differ in more than their numbers.
 */
export const TOLERANCE = 1e-3;

/** Columns of times, by table: they differ from run to run, so that tables are equal without them. */
const TIMED: Readonly<Record<string, readonly string[]>> = {
  [layerHeuristics.name]: TIMED_COLUMNS,
};

/**
 * Compare a study's tables with the published ones.
 * @returns lines that say how they differ; one line where all are equal; none where the study is not published
 */
export async function comparePublished(
  results: string,
  published: string,
  root: string,
): Promise<string[]> {
  if (!existsSync(published)) return [];
  const files = Object.entries(readManifest(published)?.files ?? {});
  const computed = readManifest(results)?.files ?? {};
  const differing = files.filter(([file, { sha256 }]) => computed[file]?.sha256 !== sha256);
  const lines: string[] = [];
  for (const [file, { table }] of differing)
    if (computed[file] === undefined) lines.push(`${table}: published, and not computed`);
    else lines.push(...(await linesOf(table, join(published, file), join(results, file))));
  const where = relative(root, published);
  if (lines.length === 0) return [`all ${files.length} tables equal the published ones (${where})`];
  const equal = files.length - lines.length;
  return [`${equal} of ${files.length} tables equal the published ones (${where})`, ...lines];
}

/** A line on how a table's two files differ; none where they differ in nothing but times. */
async function linesOf(table: string, published: string, computed: string): Promise<string[]> {
  const timed = TIMED[table] ?? [];
  const difference = await compareTables(published, computed, timed);
  const { columns, rowsBefore, rowsAfter, differing } = difference;
  if (timed.length > 0 && columns.length === 0 && rowsBefore === rowsAfter && differing === 0)
    return [];
  return [`${table}: ${differenceWords(difference)}`];
}

/** What differs, in a line: columns, numbers of rows, and how far the rows lie apart. */
function differenceWords(difference: TableDifference): string {
  const { columns, rowsBefore, rowsAfter, differing, otherwise, numbers } = difference;
  if (columns.length > 0) return `other columns: ${columns.join(', ')}`;
  const rows = rowsBefore === rowsAfter ? [] : [`${rowsAfter} rows, published ${rowsBefore}`];
  if (differing === 0) return [...rows, 'rows at the same places equal'].join('; ');
  const apart = `${differing} of ${Math.min(rowsBefore, rowsAfter)} rows differ`;
  const [most] = numbers;
  const size = most === undefined ? [] : [sizeWords(most)];
  const others = otherwise.length === 0 ? [] : [`also in ${otherwise.join(', ')}`];
  return [...rows, apart, ...size, ...others].join('; ');
}

const sizeWords = ({ column, share }: TableDifference['numbers'][number]): string =>
  `numbers by at most ${share.toExponential(1)} of the largest in ${column}, ${
    share <= TOLERANCE ? 'within' : 'beyond'
  } the tolerance of ${TOLERANCE}`;
