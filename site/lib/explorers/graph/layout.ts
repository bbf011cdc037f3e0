import type { Item } from './items.ts';

/** Where items are drawn: a column a token, a row a layer, and in each cell the items side by side. In pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly places: ReadonlyMap<string, Place>;
}

/** One column of the graph, or several that stand next to each other and have nothing but weak tokens, folded into one. */
export interface Column {
  /** Indices among the graph’s columns. */
  readonly of: readonly number[];
  readonly x: number;
  readonly width: number;
  /** Whether something is left out before it. */
  readonly afterGap: boolean;
}

export interface Row {
  readonly layer: number;
  readonly y: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The side of an item’s square, which is also what a pointer must hit. */
export const CELL = 24;
/** Room for the layers’ names, on the left, and for the tokens, below. */
export const LEFT = 54;
export const BELOW = 96;

/** Items side by side in one cell. */
const MOST_ACROSS = 8;
const PAD = 2;
/** A token with more influence has a column of its own. */
const STRONG = 0.02;
/** The width of what is left out between two columns, and the height of a layer without items. */
const GAP = 12;
const EMPTY_ROW = 10;

/** @param width to be filled; a drawing that needs more is wider */
export function layout(items: readonly Item[], width: number): Layout {
  const folds = foldsOf(items);
  const foldOf = new Map(folds.flatMap((of, i) => of.map((column) => [column, i] as const)));
  const cells = [
    ...Map.groupBy(items, ({ layer, column }) => `${layer} ${foldOf.get(column)}`).values(),
  ].map((of): Cell => ({ of, layer: of[0]!.layer, fold: foldOf.get(of[0]!.column)! }));
  const across = acrossOf(cells);
  const columns = columnsOf(folds, across, width);
  const rows = rowsOf(cells, across);
  const rowOf = new Map(rows.map((row) => [row.layer, row]));
  const places = cells.flatMap(({ of, layer, fold }) =>
    placesIn(of, columns[fold]!, { ...rowOf.get(layer)!, across: across[fold]! }),
  );
  const last = columns.at(-1);
  return {
    width: Math.max(width, last === undefined ? 0 : last.x + last.width),
    height: rows.reduce((sum, { height }) => sum + height, 0) + BELOW,
    columns,
    rows,
    places: new Map(places),
  };
}

/** The items of one layer and column. */
interface Cell {
  readonly of: readonly Item[];
  readonly layer: number;
  /** Index among the columns as drawn. */
  readonly fold: number;
}

/** Which columns are drawn as one, from left to right. */
function foldsOf(items: readonly Item[]): number[][] {
  const strong = new Set(
    items
      .filter(({ kind, influence }) => kind !== 'embedding' || influence >= STRONG)
      .map(({ column }) => column),
  );
  const folds: number[][] = [];
  for (const column of new Set(items.map((item) => item.column).sort((a, b) => a - b))) {
    const last = folds.at(-1);
    if (last === undefined || strong.has(column) || strong.has(last[0]!)) folds.push([column]);
    else last.push(column);
  }
  return folds;
}

/** Of each column how many items are side by side in its fullest cell. */
function acrossOf(cells: readonly Cell[]): number[] {
  const across: number[] = [];
  for (const { of, fold } of cells) {
    const wide = Math.min(MOST_ACROSS, Math.round(Math.sqrt(1.5 * of.length)));
    across[fold] = Math.max(across[fold] ?? 1, wide);
  }
  return across;
}

function columnsOf(
  folds: readonly (readonly number[])[],
  across: readonly number[],
  width: number,
): Column[] {
  const least = across.map((items) => items * CELL + PAD);
  const gaps = folds.map((of, i) => {
    const before = folds[i - 1]?.at(-1) ?? -1;
    return of.length > 1 || of[0] === before + 1 ? 0 : GAP;
  });
  const needed = [...least, ...gaps].reduce((a, b) => a + b, LEFT);
  const spare = Math.max(0, width - needed) / Math.max(1, folds.length);
  let x = LEFT;
  return folds.map((of, i) => {
    const from = x + gaps[i]!;
    x = from + least[i]! + spare;
    return { of, x: from, width: least[i]! + spare, afterGap: gaps[i]! > 0 };
  });
}

/** From the top down. */
function rowsOf(cells: readonly Cell[], across: readonly number[]): Row[] {
  const lines = new Map<number, number>();
  for (const { of, layer, fold } of cells) {
    const high = Math.ceil(of.length / across[fold]!);
    lines.set(layer, Math.max(lines.get(layer) ?? 0, high));
  }
  const top = Math.max(-1, ...lines.keys());
  let y = 0;
  return Array.from({ length: top + 2 }, (_, i) => {
    const layer = top - i;
    const high = lines.get(layer) ?? 0;
    const height = high === 0 ? EMPTY_ROW : high * CELL + 3 * PAD;
    y += height;
    return { layer, y: y - height, height };
  });
}

/** The items of a cell, line by line, each line in the middle. */
function placesIn(
  cell: readonly Item[],
  { x, width }: Column,
  { y, height, across }: Row & { readonly across: number },
): [string, Place][] {
  const lines = Math.ceil(cell.length / across);
  return cell.map(({ id }, i) => {
    const line = Math.floor(i / across);
    const inLine = Math.min(across, cell.length - line * across);
    return [
      id,
      {
        x: x + width / 2 + ((i % across) - (inLine - 1) / 2) * CELL,
        y: y + height / 2 + (line - (lines - 1) / 2) * CELL,
      },
    ];
  });
}
