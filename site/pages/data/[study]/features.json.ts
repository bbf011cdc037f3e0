import type { APIRoute } from 'astro';
import { toColumns } from '../../../lib/columns.ts';
import { listFeatures } from '../../../lib/feature-query.ts';
import { allStudies, type Study } from '../../../lib/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).map((study) => ({ params: { study: study.name }, props: { study } }));

/** The table of features, column by column. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study } }) =>
  Response.json(toColumns(await listFeatures(study)));
