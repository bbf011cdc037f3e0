import type { Spec, View as VegaView } from 'vega';
import { transforms } from 'vega-dataflow';
import * as encode from 'vega-encode';
import { expressionInterpreter } from 'vega-interpreter';
import { parse } from 'vega-parser';
import { Handler } from 'vega-tooltip';
import * as data from 'vega-transforms';
import { View } from 'vega-view';
import * as layout from 'vega-view-transforms';
import { drawAt } from '../lib/charts/draw-at.ts';
import { walkMarks } from './mark-walk.ts';

// The parts of Vega that the figures use; all of it would weigh a third more.
Object.assign(transforms, data, layout, encode);

/** A live chart. */
export interface LiveChart {
  /** Draw rows, those with the chosen values of columns; an empty value keeps all. */
  show(rows: readonly object[], chosen: Chosen): Promise<void>;
  /** Draw at another width, in CSS pixels. */
  fit(width: number): void;
  /** What is drawn now, to be taken away. */
  picture(): Promise<Picture>;
}

/** A drawing as an SVG, its colours CSS variables where it is no canvas. */
export interface Picture {
  readonly svg: string;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
}

type Chosen = Readonly<Record<string, string>>;

export interface DrawOptions {
  /** For more marks than an SVG bears. */
  readonly canvas: boolean;
  /** What is chosen to begin with, as `show` takes it. */
  readonly chosen: Chosen;
  /** A mark that stands for a feature was clicked. */
  readonly onFeature: (id: string) => void;
  /** Tell a reader who does not see it what a mark stands for. */
  readonly say: (words: string) => void;
}

/** Name of the data set that the spec leaves for the rows. */
const ROWS = 'rows';

/** Draw a spec with its rows in place of the still drawings in `plot`. Evaluates no code from strings. */
export async function draw(
  spec: Spec,
  rows: readonly object[],
  plot: HTMLElement,
  { canvas, chosen, onFeature, say }: DrawOptions,
): Promise<LiveChart> {
  const host = document.createElement('div');
  host.ariaHidden = 'true'; // the plot around it has the text alternative
  const tooltip = new Handler({ disableDefaultStyle: true });
  let shown = { rows, chosen };
  // What the view calls its width is that of the plane within its axes.
  let width = plot.clientWidth;
  const start = async (): Promise<VegaView> => {
    const view = open(canvas ? withColors(spec, plot) : spec, shown.rows, host, canvas);
    return drawAt(choose(view, shown.chosen), width);
  };
  let view = await start();
  plot.replaceChildren(host);
  if (canvas) {
    const redraw = async () => {
      view.finalize();
      view = await start();
      marks.redrawn();
    };
    // The system's theme, and one that the reader chose.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
    document.addEventListener('themechange', redraw);
  }
  const marks = walkMarks(plot, {
    view: () => view,
    show: (at, mark) => {
      tooltip.call(null, at as MouseEvent, mark as never, mark?.tooltip ?? null);
      if (mark) keepInWindow(document.querySelector<HTMLElement>('#vg-tooltip-element'));
    },
    say: ({ tooltip }) => say(inWords(tooltip)),
    onFeature,
  });
  return {
    async show(rows, chosen) {
      if (rows !== shown.rows) view.data(ROWS, [...rows]);
      shown = { rows, chosen };
      await choose(view, chosen).runAsync();
      marks.redrawn();
    },
    fit(to) {
      if (to === width) return;
      width = to;
      void drawAt(view, width).then(() => marks.redrawn());
    },
    picture: () => pictureOf(view, canvas),
  };
}

/** A phone is hardly wider than a tooltip, which is laid beside its mark. */
function keepInWindow(tooltip: HTMLElement | null): void {
  if (tooltip === null) return;
  const { left, width } = tooltip.getBoundingClientRect();
  const most = document.documentElement.clientWidth - width - 4;
  tooltip.style.left = `${Math.max(4, Math.min(left, most))}px`;
}

function choose(view: VegaView, chosen: Chosen): VegaView {
  for (const [param, value] of Object.entries(chosen)) view.signal(param, value);
  return view;
}

const inWords = (tooltip: unknown): string =>
  typeof tooltip === 'object'
    ? Object.entries(tooltip as object)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')
    : String(tooltip);

/** @param canvas drawn as pixels, where an SVG would have too many marks */
function open(
  spec: Spec,
  rows: readonly object[],
  container: HTMLElement,
  canvas: boolean,
): VegaView {
  const data = spec.data!.map((set) => (set.name === ROWS ? { ...set, values: [...rows] } : set));
  return new View(parse({ ...spec, data }, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: canvas ? 'canvas' : 'svg',
    container,
    tooltip: () => undefined, // Vega's own needs a pointer on a mark, and shows it where a reader only passes
  });
}

/** The drawing as it is now, as an SVG; pixels stay pixels within it. */
async function pictureOf(view: VegaView, canvas: boolean): Promise<Picture> {
  const { width, height } = view.container()!.querySelector('svg, canvas')!.getBoundingClientRect();
  const size = { width: Math.round(width), height: Math.round(height) };
  if (!canvas) return { svg: await view.toSVG(), ...size };
  const url = await view.toImageURL('png', 2);
  const tag = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">`;
  return {
    svg: `${tag}<image href="${url}" width="${size.width}" height="${size.height}"/></svg>`,
    ...size,
  };
}

/** The page's colours by value: a canvas knows no CSS variables. */
function withColors(spec: Spec, page: HTMLElement): Spec {
  const style = getComputedStyle(page);
  const colorOf = (_: string, name: string) => style.getPropertyValue(name).trim();
  return JSON.parse(JSON.stringify(spec).replaceAll(/var\((--[\w-]+)\)/g, colorOf));
}
