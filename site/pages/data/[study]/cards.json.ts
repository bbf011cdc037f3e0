import type { APIRoute } from 'astro';
import { namedFeatures } from '../../../lib/study/named-features.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).map((study) => ({ params: { study: study.name }, props: { study } }));

/** The label of each feature that has a card; empty where it has none. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study } }) =>
  Response.json(
    Object.fromEntries(
      [...(await namedFeatures(study))].map(([id, { label, poor }]) => [
        id,
        label === null ? '' : `${label}${poor ? ' (poor label)' : ''}`,
      ]),
    ),
  );
