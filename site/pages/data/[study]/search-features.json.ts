import type { APIRoute } from 'astro';
import { toColumns } from '../../../lib/queries/columns.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).map((study) => ({ params: { study: study.name }, props: { study } }));

/** What a search knows of each feature, column by column. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study } }) =>
  Response.json(
    toColumns(
      await study.database.all(`
        SELECT feature_id, promotes, coalesce(label, '') AS label, coalesce(explanation, '') AS explanation,
          coalesce(place, '') AS place, named_features.feature_id IS NOT NULL AS card
        FROM feature_list LEFT JOIN named_features USING (feature_id) ORDER BY abs(blank_newline) DESC, feature_id`),
    ),
  );
