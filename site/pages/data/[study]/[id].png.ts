import type { APIRoute } from 'astro';
import { drawnPaths, type FigureFile } from '../../../lib/charts/figure-files.ts';
import { pictureToTake } from '../../../lib/charts/figures.ts';

export const getStaticPaths = drawnPaths;

/** A figure to take away, as pixels. */
export const GET: APIRoute<FigureFile> = async ({ props: { study, id } }) =>
  new Response(new Uint8Array(await pictureToTake(study, id)));
