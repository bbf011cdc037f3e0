import type { View } from 'vega';

/** As much of a mark in Vega's scene as is read. */
export interface Mark {
  readonly bounds: Box;
  readonly datum?: { readonly feature_id?: string };
  readonly tooltip?: unknown;
  readonly mark?: { readonly group?: Mark; readonly marktype?: string };
  readonly items?: readonly Mark[];
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

interface Box {
  readonly x1: number;
  readonly x2: number;
  readonly y1: number;
  readonly y2: number;
}

/** A mark that has something to say, where it is in the drawing. */
export interface Placed {
  readonly mark: Mark;
  readonly box: Box;
  /** The plane within the axes that it lies in. */
  readonly plane: Box;
  /** A point stands for its value wherever a reader is near; what has an extent is meant where it is pointed at. */
  readonly point: boolean;
}

/** How near to a mark with an extent is on it, in CSS pixels: bars are thin at their ends. */
const NEAR = 4;

/**
 * The marks that a chart has something to say of, in the order drawn. A line through means says nothing of one place, and
 * an interval nothing that the mean on it does not say.
 */
export function marksOf(view: View): Placed[] {
  const { root } = view.scenegraph() as unknown as { root: Mark };
  const [left, top] = view.origin();
  const padding = view.padding() as { readonly left: number; readonly top: number };
  const found: Placed[] = [];
  const visit = (mark: Mark, x: number, y: number) => {
    if (mark.items !== undefined) {
      const [dx, dy] = [mark.x ?? 0, mark.y ?? 0];
      for (const item of mark.items) visit(item, x + dx, y + dy);
    } else if (mark.tooltip) found.push(placed(mark, x, y));
  };
  visit(root, left! + padding.left, top! + padding.top);
  const points = found.filter(({ point }) => point);
  const spoken = found.filter(({ mark }) => !THROUGH.has(typeOf(mark)));
  return points.length > 0 ? spoken.filter(({ mark }) => typeOf(mark) !== 'rule') : spoken;
}

const THROUGH: ReadonlySet<string> = new Set(['line', 'area', 'trail']);

const typeOf = ({ mark }: Mark): string => mark?.marktype ?? '';

function placed(mark: Mark, x: number, y: number): Placed {
  const { x1, x2, y1, y2 } = mark.bounds;
  const { width = 0, height = 0 } = mark.mark?.group ?? {};
  return {
    mark,
    box: { x1: x + x1, x2: x + x2, y1: y + y1, y2: y + y2 },
    plane: { x1: x, x2: x + width, y1: y, y2: y + height },
    point: typeOf(mark) === 'symbol',
  };
}

/**
 * The mark that a place in the drawing means: what has an extent where it lies under the place, else the nearest point
 * of the plane.
 */
export function markAt(marks: readonly Placed[], x: number, y: number): Placed | null {
  let best: Placed | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const placed of marks) {
    if (!placed.point) {
      if (away(placed.box, x, y) > NEAR) continue;
    } else if (away(placed.plane, x, y) > NEAR) continue;
    const [cx, cy] = middleOf(placed.box);
    const distance = placed.point
      ? Math.hypot(x - cx, y - cy)
      : EXTENT + away(placed.box, x, y) + Math.hypot(x - cx, y - cy) / 1e4;
    if (distance <= least) [best, least] = [placed, distance];
  }
  return best;
}

/** A point this near, in CSS pixels, is meant rather than what has an extent under it. */
const EXTENT = 12;

export const middleOf = ({ x1, x2, y1, y2 }: Box): [x: number, y: number] => [
  (x1 + x2) / 2,
  (y1 + y2) / 2,
];

/** How far a place lies outside of a box. */
const away = ({ x1, x2, y1, y2 }: Box, x: number, y: number): number =>
  Math.hypot(Math.max(x1 - x, 0, x - x2), Math.max(y1 - y, 0, y - y2));
