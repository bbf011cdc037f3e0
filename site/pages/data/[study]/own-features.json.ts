import type { APIRoute } from 'astro';
import { ownFeatures } from '../../../lib/live/own-query.ts';
import { takesOwnFile } from '../../../lib/live/runs-here.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies())
    .filter(takesOwnFile)
    .map((study) => ({ params: { study: study.name }, props: { study } }));

/** The features that a reader may switch off in their own copy of the model. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study } }) =>
  Response.json(await ownFeatures(study.database));
