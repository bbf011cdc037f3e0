import type { APIRoute } from 'astro';
import { everyList } from '../../../lib/explorers/lists.ts';
import { toColumns } from '../../../lib/queries/columns.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).map((study) => ({ params: { study: study.name }, props: { study } }));

/** Which lists there are, column by column. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study } }) =>
  Response.json(toColumns(await everyList(study)));
