import type { APIRoute } from 'astro';
import { type FigureFile, figurePaths } from '../../../lib/figure-files.ts';
import { buildFigure } from '../../../lib/figures.ts';

export const getStaticPaths = figurePaths;

/** Every row of a figure's query. */
export const GET: APIRoute<FigureFile> = async ({ props: { study, id } }) =>
  Response.json((await buildFigure(study, id)).rows);
