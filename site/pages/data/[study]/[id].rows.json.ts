import type { APIRoute } from 'astro';
import { toColumns } from '../../../lib/columns.ts';
import { type RowsFile, rowsPaths } from '../../../lib/figure-files.ts';

export const getStaticPaths = rowsPaths;

/** Rows of a figure's query, column by column. */
export const GET: APIRoute<RowsFile> = ({ props: { rows } }) => Response.json(toColumns(rows));
