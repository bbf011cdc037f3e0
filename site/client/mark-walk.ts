import type { View } from 'vega';
import { type Mark, markAt, marksOf, middleOf, type Placed } from './marks.ts';

/** A place in the window, as events have it. */
export interface Place {
  readonly clientX: number;
  readonly clientY: number;
}

interface Walk {
  readonly view: () => View;
  /** Show what a mark stands for; hide it where there is none. */
  readonly show: (at: Place, mark: Mark | null) => void;
  /** Tell what a mark stands for to who does not see it. */
  readonly say: (mark: Mark) => void;
  readonly onFeature: (id: string) => void;
}

/** The marks of a chart under the hand. */
export interface Marks {
  /** The chart was drawn anew: nothing is pointed at, and marks lie elsewhere. */
  redrawn(): void;
}

/**
 * Point at a chart's marks: with a pointer at the nearest, with the arrow keys at one after the other, Home and End at the
 * first and last. A ring and two lines to the axes say which it is. A click or Enter opens its feature.
 */
export function walkMarks(plot: HTMLElement, { view, show, say, onFeature }: Walk): Marks {
  let at = -1;
  let top = 0;
  let known: readonly Placed[] | null = null;
  const marks = () => {
    known ??= marksOf(view());
    return known;
  };
  const sight = sightOn(plot);
  plot.tabIndex = 0;
  const leave = () => {
    if (at === -1) return;
    at = -1;
    plot.style.cursor = '';
    sight.hide();
    show({ clientX: 0, clientY: 0 }, null);
  };
  const pointAt = (to: number) => {
    at = to;
    top = plot.getBoundingClientRect().top;
    const { mark } = marks()[at]!;
    plot.style.cursor = mark.datum?.feature_id ? 'pointer' : '';
    show(sight.show(marks()[at]!), mark);
  };
  const open = () => {
    const id = marks()[at]?.mark.datum?.feature_id;
    if (id) onFeature(id);
  };
  const follow = ({ clientX, clientY }: Place) => {
    const { left, top } = drawingOf(plot).getBoundingClientRect();
    const found = markAt(marks(), clientX - left, clientY - top);
    if (found === null) return leave();
    const to = marks().indexOf(found);
    if (to !== at) pointAt(to);
  };
  plot.addEventListener('pointermove', follow);
  plot.addEventListener('pointerdown', follow);
  plot.addEventListener('pointerleave', leave);
  plot.addEventListener('click', open);
  plot.addEventListener('blur', leave);
  // What is shown has its place in the window, not in the page. The event may tell of a scroll before it was shown.
  const scrolled = () => {
    if (at !== -1 && plot.getBoundingClientRect().top !== top) leave();
  };
  window.addEventListener('scroll', scrolled, { passive: true, capture: true });
  plot.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return leave();
    if (event.key === 'Enter') return open();
    const last = marks().length - 1;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    pointAt(Math.min(Math.max(to, 0), last));
    say(marks()[at]!.mark);
  });
  return {
    redrawn() {
      known = null;
      leave();
    },
  };
}

const drawingOf = (plot: HTMLElement): Element => plot.querySelector('svg, canvas')!;

/** What shows which mark is meant: a ring around a point, and lines from it to the axes; a frame around what has an extent. */
function sightOn(plot: HTMLElement) {
  const sight = document.createElement('div');
  sight.className = 'sight';
  sight.hidden = true;
  const [ring, across, down] = ['ring', 'across', 'down'].map((name) => {
    const part = document.createElement('span');
    part.className = name;
    sight.append(part);
    return part;
  });
  return {
    /** Show it, and say where the mark is in the window. */
    show({ box, plane, point }: Placed): Place {
      if (!sight.isConnected) plot.append(sight);
      const drawing = drawingOf(plot).getBoundingClientRect();
      const { left, top } = plot.getBoundingClientRect();
      const [dx, dy] = [drawing.left - left, drawing.top - top];
      const [x, y] = middleOf(box);
      const rim = point ? 4 : 0;
      lay(ring!, { x: dx + box.x1 - rim, y: dy + box.y1 - rim }, [
        box.x2 - box.x1 + 2 * rim,
        box.y2 - box.y1 + 2 * rim,
      ]);
      ring!.style.borderRadius = point ? '50%' : '0';
      lay(across!, { x: dx + plane.x1, y: dy + y }, [Math.max(0, x - plane.x1), 0]);
      lay(down!, { x: dx + x, y: dy + y }, [0, Math.max(0, plane.y2 - y)]);
      for (const line of [across!, down!]) line.hidden = !point;
      sight.hidden = false;
      return { clientX: drawing.left + x, clientY: drawing.top + y };
    },
    hide() {
      sight.hidden = true;
    },
  };
}

function lay(
  part: HTMLElement,
  { x, y }: { readonly x: number; readonly y: number },
  [width, height]: readonly [number, number],
): void {
  Object.assign(part.style, {
    left: `${x}px`,
    top: `${y}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
}
