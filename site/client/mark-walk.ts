import type { View } from 'vega';

/** As much of a mark in Vega's scene as is read. */
export interface Mark {
  readonly bounds: {
    readonly x1: number;
    readonly x2: number;
    readonly y1: number;
    readonly y2: number;
  };
  readonly datum?: { readonly feature_id?: string };
  readonly tooltip?: unknown;
  readonly mark?: { readonly group?: Mark };
  readonly items?: readonly Mark[];
  readonly x?: number;
  readonly y?: number;
}

/** A place in the window, as events have it. */
export interface Place {
  readonly clientX: number;
  readonly clientY: number;
}

interface Walk {
  readonly view: () => View;
  /** Show what a mark stands for; hide it where there is none. */
  readonly show: (at: Place, mark: Mark | null) => void;
  readonly onFeature: (id: string) => void;
}

/** Arrow keys walk over the marks that have a tooltip, Home and End to the first and last; Enter opens a feature. */
export function walkMarks(plot: HTMLElement, { view, show, onFeature }: Walk): void {
  let at = -1;
  plot.tabIndex = 0;
  const leave = () => {
    at = -1;
    show({ clientX: 0, clientY: 0 }, null);
  };
  plot.addEventListener('blur', leave);
  plot.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return leave();
    const marks = marksOf(view());
    const last = marks.length - 1;
    const id = marks[at]?.datum?.feature_id;
    if (event.key === 'Enter' && id) return onFeature(id);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    at = Math.min(Math.max(to, 0), last);
    show(placeOf(marks[at]!, view(), plot), marks[at]!);
  });
}

/** The marks with a tooltip, in the order in which they are drawn. */
function marksOf(view: View): Mark[] {
  const { root } = view.scenegraph() as unknown as { root: Mark };
  const found: Mark[] = [];
  const visit = (mark: Mark) => {
    if (mark.items !== undefined) mark.items.forEach(visit);
    else if (mark.tooltip) found.push(mark);
  };
  visit(root);
  return found;
}

/** The middle of a mark. */
function placeOf(mark: Mark, view: View, plot: HTMLElement): Place {
  const box = plot.querySelector('svg, canvas')!.getBoundingClientRect();
  const [left, top] = view.origin();
  const { x1, x2, y1, y2 } = mark.bounds;
  let [x, y] = [left! + (x1 + x2) / 2, top! + (y1 + y2) / 2];
  for (let group = mark.mark?.group; group; group = group.mark?.group) {
    x += group.x ?? 0;
    y += group.y ?? 0;
  }
  return { clientX: box.left + x, clientY: box.top + y };
}
