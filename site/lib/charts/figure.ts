import { parse, textMetrics, type Spec as VegaSpec, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from '../queries/query.ts';
import { CHART_CONFIG } from './chart-config.ts';
import { drawAt } from './draw-at.ts';
import { textWidth } from './text-width.ts';

/**
 * What a figure's `spec.ts` exports; its rows come from the `query.sql` beside it.
 * @param level the confidence level of the study's intervals in words, such as `95 %`
 */
export type FigureSpec = (level: string) => Figure;

/** A figure, as its chart, its table and its text alternative are made of rows. */
export interface Figure {
  /** Names the figure in lists and links. */
  readonly title: string;
  /**
   * The chart in Vega-Lite, without data and width.
   * @param image in a still drawing, the figure's cells as a picture: draw it in place of them
   */
  chart(rows: readonly Row[], image?: string): Chart;
  /** A column that is chosen among, one value at a time, whose rows are a file of their own for each value. */
  readonly split?: string;
  /** Whether it takes the room beside the text, where a page has any. */
  readonly wide?: boolean;
  /** Cells too many to be drawn one by one in a still drawing; a live one draws them on a canvas. */
  cells?(rows: readonly Row[]): CellGrid;
  /** Where its rows have nothing to compare, such as shares that are all 0: the sentence that is shown in place of the chart. */
  instead?(rows: readonly Row[]): string | undefined;
  /** What a reader may choose, in the order shown. Each keeps the rows with the chosen value in a column. */
  controls?(rows: readonly Row[]): readonly Control[];
  /** Heads and number formats of the table behind the figure; its columns are the query's. */
  readonly columns: Readonly<Record<string, Column>>;
  /** The text alternative: what the chart says of the rows that it shows first. */
  describe(shown: readonly Row[]): string;
  /** What was counted for them, such as `345 lists`. */
  n(shown: readonly Row[]): string;
}

/** The whole numbers x and y place a cell, values lie between 0 and 1; a cell that is not listed is 0. */
export interface CellGrid {
  readonly width: number;
  readonly height: number;
  readonly cells: readonly { readonly x: number; readonly y: number; readonly value: number }[];
}

export type Chart = Omit<Extract<TopLevelSpec, { layer: unknown }>, 'data' | 'width'>;

/** One layer of marks of a chart. */
export type Layer = Chart['layer'][number];

export interface Control {
  /** The column; also the chart's parameter. */
  readonly param: string;
  readonly label: string;
  readonly options: readonly Option[];
}

/** The first is what the chart begins with; an empty value keeps every row. */
export interface Option {
  readonly value: string;
  readonly label: string;
}

export interface Column {
  readonly label: string;
  /** As `formatNumber` takes it; text and whole numbers are shown as they are. */
  readonly format?: string;
  /** What the value names, and so leads to. */
  readonly names?: 'feature';
}

/** Name of the data set that holds a figure's rows in its compiled spec. */
export const ROWS = 'rows';

/** Vega-Lite to Vega. The rows are not in it: whoever draws it puts them into `ROWS`. */
export function compileChart(figure: Figure, rows: readonly Row[], image?: string): VegaSpec {
  const controls = filters(figure, rows);
  const chart = figure.chart(rows, image);
  return compile(
    {
      ...chart,
      params: controls.map(({ param, options }) => ({ name: param, value: options[0]!.value })),
      transform: [
        ...controls.map(({ param }) => ({
          filter: `${param} === '' || datum.${param} === ${param}`,
        })),
        ...(chart.transform ?? []),
      ],
      data: { name: ROWS },
      width: 600,
      autosize: { type: 'fit-x', contains: 'padding' },
    } as TopLevelSpec,
    { config: CHART_CONFIG },
  ).spec;
}

/** The controls that filter rows; the one that chooses among files of rows does not. */
const filters = ({ controls, split }: Figure, rows: readonly Row[]): Control[] =>
  (controls?.(rows) ?? []).filter(({ param }) => param !== split);

/**
 * Draw a compiled chart as static SVG.
 * @param width of the whole drawing, in CSS pixels
 */
export async function drawChart(
  spec: VegaSpec,
  rows: readonly Row[],
  width: number,
): Promise<string> {
  textMetrics.width = textWidth; // there is no canvas to measure with
  const view = new View(parse(withRows(spec, rows)), { renderer: 'none' });
  const svg = await (await drawAt(view, width)).toSVG();
  view.finalize();
  return svg;
}

const withRows = (spec: VegaSpec, rows: readonly Row[]): VegaSpec => ({
  ...spec,
  data: spec.data!.map((set) => (set.name === ROWS ? { ...set, values: [...rows] } : set)),
});
