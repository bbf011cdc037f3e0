import type { Spec } from 'vega';
import type { Row } from '../queries/query.ts';
import { cellPicture } from './cell-picture.ts';
import { compileChart, drawChart, type Figure } from './figure.ts';
import { partsOf } from './figure-rows.ts';
import { withTheme } from './theme-colors.ts';

export interface BuiltChart {
  /** Compiled Vega, without the rows. */
  readonly spec: Spec;
  /** Still drawings for pages of each width, as SVG files with their own colours, light and dark. */
  readonly stills: readonly Still[];
}

export interface Still {
  readonly size: string;
  readonly svg: string;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** Widths of the still drawings in CSS pixels, the one for most pages first. */
const SIZES = { wide: 640, narrow: 320 } as const;

/**
 * Compile a figure's chart and draw it still. All code that a drawing depends on is imported here or by the figure's
 * spec: the cache of drawings looks nowhere else.
 * @param rows at least one
 * @param theme the style sheet that defines the colours
 */
export async function buildChart(
  figure: Figure,
  rows: readonly Row[],
  theme: string,
): Promise<BuiltChart> {
  const [first] = partsOf(figure, rows).values();
  const image = figure.cells && (await cellPicture(figure.cells(first!)));
  const still = compileChart(figure, rows, image);
  const stills: Still[] = [];
  for (const [size, width] of Object.entries(SIZES)) {
    const svg = await drawChart(still, first!, width);
    stills.push({ size, svg: withTheme(svg, theme), ...sizeOf(svg) });
  }
  return { spec: image === undefined ? still : compileChart(figure, rows), stills };
}

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /^<svg [^>]*?width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
  return { width: Math.round(Number(width)), height: Math.round(Number(height)) };
}
