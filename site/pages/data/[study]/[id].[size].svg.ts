import type { APIRoute } from 'astro';
import { type StillFile, stillPaths } from '../../../lib/charts/figure-files.ts';

export const getStaticPaths = stillPaths;

/** A figure as it is before a script runs. */
export const GET: APIRoute<StillFile> = ({ props: { svg } }) => new Response(svg);
