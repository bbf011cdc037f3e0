import type { APIRoute } from 'astro';
import { drawnPaths, type FigureFile } from '../../../lib/charts/figure-files.ts';
import { buildFigure } from '../../../lib/charts/figures.ts';
import { toCsv } from '../../../lib/queries/csv.ts';

export const getStaticPaths = drawnPaths;

/** All rows of a figure's query. */
export const GET: APIRoute<FigureFile> = async ({ props: { study, id } }) =>
  new Response(toCsv((await buildFigure(study, id)).rows));
