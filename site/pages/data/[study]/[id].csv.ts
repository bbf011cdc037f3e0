import type { APIRoute } from 'astro';
import { toCsv } from '../../../lib/csv.ts';
import { drawnPaths, type FigureFile } from '../../../lib/figure-files.ts';
import { buildFigure } from '../../../lib/figures.ts';

export const getStaticPaths = drawnPaths;

/** All rows of a figure's query. */
export const GET: APIRoute<FigureFile> = async ({ props: { study, id } }) =>
  new Response(toCsv((await buildFigure(study, id)).rows));
