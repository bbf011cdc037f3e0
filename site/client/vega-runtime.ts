import type { Spec, View as VegaView } from 'vega';
import { transforms } from 'vega-dataflow';
import * as encode from 'vega-encode';
import { expressionInterpreter } from 'vega-interpreter';
import { parse } from 'vega-parser';
import { Handler } from 'vega-tooltip';
import * as data from 'vega-transforms';
import { View } from 'vega-view';
import * as layout from 'vega-view-transforms';

// The parts of Vega that the figures use; all of it would weigh a third more.
Object.assign(transforms, data, layout, encode);

/** A live chart. */
export interface LiveChart {
  /** Keep the rows with this value of a column; all where it is empty. */
  choose(param: string, value: string): void;
  /** Draw other rows. */
  show(rows: readonly object[]): void;
  /** Draw at another width, in CSS pixels. */
  fit(width: number): void;
}

export interface DrawOptions {
  /** For more marks than an SVG bears. */
  readonly canvas: boolean;
  /** A mark that stands for a feature was clicked. */
  readonly onFeature: (id: string) => void;
}

/** Name of the data set that the spec leaves for the rows. */
const ROWS = 'rows';

/** Draw a spec with its rows in place of the still drawings in `plot`. Evaluates no code from strings. */
export async function draw(
  spec: Spec,
  rows: readonly object[],
  plot: HTMLElement,
  { canvas, onFeature }: DrawOptions,
): Promise<LiveChart> {
  const host = document.createElement('div');
  host.ariaHidden = 'true'; // the plot around it has the text alternative
  let shown = rows;
  const start = async (): Promise<VegaView> => {
    const view = open(canvas ? withColors(spec, plot) : spec, shown, host, canvas);
    view.addEventListener('click', (_, item) => {
      if (item?.datum?.feature_id) onFeature(item.datum.feature_id);
    });
    return view.width(plot.clientWidth).runAsync();
  };
  let view = await start();
  plot.replaceChildren(host);
  if (canvas)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', async () => {
      view.finalize();
      view = await start();
    });
  return {
    show(rows) {
      shown = rows;
      void view.data(ROWS, [...rows]).runAsync();
    },
    choose: (param, value) => void view.signal(param, value).runAsync(),
    fit: (width) => void (width !== view.width() && view.width(width).runAsync()),
  };
}

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
    tooltip: new Handler({ disableDefaultStyle: true }).call,
  });
}

/** The page's colours by value: a canvas knows no CSS variables. */
function withColors(spec: Spec, page: HTMLElement): Spec {
  const style = getComputedStyle(page);
  const colorOf = (_: string, name: string) => style.getPropertyValue(name).trim();
  return JSON.parse(JSON.stringify(spec).replaceAll(/var\((--[\w-]+)\)/g, colorOf));
}
