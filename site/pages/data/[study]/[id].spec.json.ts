import type { APIRoute } from 'astro';
import { type FigureFile, figurePaths } from '../../../lib/charts/figure-files.ts';
import { buildFigure } from '../../../lib/charts/figures.ts';

export const getStaticPaths = figurePaths;

/** A figure's compiled Vega, without its rows; null where it has none. */
export const GET: APIRoute<FigureFile> = async ({ props: { study, id } }) =>
  Response.json((await buildFigure(study, id)).chart?.spec ?? null);
