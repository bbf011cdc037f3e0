import type { APIRoute } from 'astro';
import { listFeatures } from '../../../lib/explorers/feature-query.ts';
import { toColumns } from '../../../lib/queries/columns.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).map((study) => ({ params: { study: study.name }, props: { study } }));

/** The table of features, column by column. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study } }) =>
  Response.json(toColumns(await listFeatures(study)));
