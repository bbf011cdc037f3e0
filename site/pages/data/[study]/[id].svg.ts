import type { APIRoute } from 'astro';
import { drawnPaths, type FigureFile } from '../../../lib/charts/figure-files.ts';
import { figureToTake } from '../../../lib/charts/figures.ts';

export const getStaticPaths = drawnPaths;

/** A figure to take away. */
export const GET: APIRoute<FigureFile> = async ({ props: { study, id } }) =>
  new Response(await figureToTake(study, id));
