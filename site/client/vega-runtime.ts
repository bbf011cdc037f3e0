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
    const view = open(canvas ? withColors(spec, plot) : spec, shown.rows, {
      container: host,
      canvas,
      tooltip,
    });
    view.addEventListener('click', (_, item) => {
      if (item?.datum?.feature_id) onFeature(item.datum.feature_id);
    });
    return drawAt(choose(view, shown.chosen), width);
  };
  let view = await start();
  plot.replaceChildren(host);
  if (canvas)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', async () => {
      view.finalize();
      view = await start();
    });
  walkMarks(plot, {
    view: () => view,
    show: (at, mark) => {
      tooltip.call(null, at as MouseEvent, mark as never, mark?.tooltip ?? null);
      if (mark) say(inWords(mark.tooltip));
    },
    onFeature,
  });
  return {
    async show(rows, chosen) {
      if (rows !== shown.rows) view.data(ROWS, [...rows]);
      shown = { rows, chosen };
      await choose(view, chosen).runAsync();
    },
    fit(to) {
      if (to === width) return;
      width = to;
      void drawAt(view, width);
    },
  };
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

interface ViewOptions {
  readonly container: HTMLElement;
  /** Drawn as pixels, where an SVG would have too many marks. */
  readonly canvas: boolean;
  readonly tooltip: Handler;
}

function open(
  spec: Spec,
  rows: readonly object[],
  { container, canvas, tooltip }: ViewOptions,
): VegaView {
  const data = spec.data!.map((set) => (set.name === ROWS ? { ...set, values: [...rows] } : set));
  return new View(parse({ ...spec, data }, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: canvas ? 'canvas' : 'svg',
    container,
    tooltip: tooltip.call,
  });
}

/** The page's colours by value: a canvas knows no CSS variables. */
function withColors(spec: Spec, page: HTMLElement): Spec {
  const style = getComputedStyle(page);
  const colorOf = (_: string, name: string) => style.getPropertyValue(name).trim();
  return JSON.parse(JSON.stringify(spec).replaceAll(/var\((--[\w-]+)\)/g, colorOf));
}
