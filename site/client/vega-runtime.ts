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
  /** Draw at another width, in CSS pixels. */
  fit(width: number): void;
}

/** Name of the data set that the spec leaves for the rows. */
const ROWS = 'rows';

/** Draw a spec with its rows in place of the still drawings in `plot`. Evaluates no code from strings. */
export async function draw(
  spec: Spec,
  rows: readonly object[],
  plot: HTMLElement,
): Promise<LiveChart> {
  const data = spec.data!.map((set) => (set.name === ROWS ? { ...set, values: [...rows] } : set));
  const host = document.createElement('div');
  host.ariaHidden = 'true'; // the plot around it has the text alternative
  const view: VegaView = new View(parse({ ...spec, data }, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: 'svg',
    container: host,
    tooltip: new Handler({ disableDefaultStyle: true }).call,
  });
  await view.width(plot.clientWidth).runAsync();
  plot.replaceChildren(host);
  return {
    choose: (param, value) => void view.signal(param, value).runAsync(),
    fit: (width) => void (width !== view.width() && view.width(width).runAsync()),
  };
}
