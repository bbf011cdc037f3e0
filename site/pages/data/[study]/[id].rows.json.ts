import type { APIRoute } from 'astro';
import { type RowsFile, rowsPaths } from '../../../lib/charts/figure-files.ts';
import { toColumns } from '../../../lib/queries/columns.ts';

export const getStaticPaths = rowsPaths;

/** Rows of a figure's query, column by column. */
export const GET: APIRoute<RowsFile> = ({ props: { rows } }) => Response.json(toColumns(rows));
