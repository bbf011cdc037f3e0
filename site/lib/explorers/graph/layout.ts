import type { Item } from './items.ts';

/** Where items are drawn: a column a token, a row a layer, and in each cell the items side by side. In pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly places: ReadonlyMap<string, Place>;
}

export interface Column {
  /** Index among the graph’s columns. */
  readonly column: number;
  readonly x: number;
  readonly width: number;
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
export const LEFT = 62;
export const BELOW = 96;

/** Items side by side in one cell. */
const MOST_ACROSS = 8;
const PAD = 6;
/** The width of what is left out between two columns, and the height of a layer without items. */
const FOLD = 14;
const EMPTY_ROW = 10;

/** @param width to be filled; a drawing that needs more is wider */
export function layout(items: readonly Item[], width: number): Layout {
  const cells = [...Map.groupBy(items, ({ layer, column }) => `${layer} ${column}`).values()];
  const across = acrossOf(cells);
  const columns = columnsOf(across, width);
  const rows = rowsOf(cells, across);
  const columnOf = new Map(columns.map((column) => [column.column, column]));
  const rowOf = new Map(rows.map((row) => [row.layer, row]));
  const places = cells.flatMap((cell) => {
    const { layer, column } = cell[0]!;
    return placesIn(cell, columnOf.get(column)!, {
      ...rowOf.get(layer)!,
      across: across.get(column)!,
    });
  });
  const last = columns.at(-1);
  return {
    width: Math.max(width, last === undefined ? 0 : last.x + last.width),
    height: rows.reduce((sum, { height }) => sum + height, 0) + BELOW,
    columns,
    rows,
    places: new Map(places),
  };
}

/** Of each column how many items are side by side in its fullest cell. */
function acrossOf(cells: readonly (readonly Item[])[]): Map<number, number> {
  const across = new Map<number, number>();
  for (const cell of cells) {
    const { column } = cell[0]!;
    const wide = Math.min(MOST_ACROSS, Math.ceil(Math.sqrt(1.5 * cell.length)));
    across.set(column, Math.max(across.get(column) ?? 1, wide));
  }
  return across;
}

function columnsOf(across: ReadonlyMap<number, number>, width: number): Column[] {
  const order = [...across.keys()].sort((a, b) => a - b);
  const least = order.map((column) => across.get(column)! * CELL + PAD);
  const folds = order.map((column, i) => (column === (order[i - 1] ?? -1) + 1 ? 0 : FOLD));
  const needed = [...least, ...folds].reduce((a, b) => a + b, LEFT);
  const spare = Math.max(0, width - needed) / Math.max(1, order.length);
  let x = LEFT;
  return order.map((column, i) => {
    const from = x + folds[i]!;
    x = from + least[i]! + spare;
    return { column, x: from, width: least[i]! + spare };
  });
}

/** From the top down. */
function rowsOf(cells: readonly (readonly Item[])[], across: ReadonlyMap<number, number>): Row[] {
  const lines = new Map<number, number>();
  for (const cell of cells) {
    const { layer, column } = cell[0]!;
    const high = Math.ceil(cell.length / across.get(column)!);
    lines.set(layer, Math.max(lines.get(layer) ?? 0, high));
  }
  const top = Math.max(-1, ...lines.keys());
  let y = 0;
  return Array.from({ length: top + 2 }, (_, i) => {
    const layer = top - i;
    const high = lines.get(layer) ?? 0;
    const height = high === 0 ? EMPTY_ROW : high * CELL + PAD;
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
