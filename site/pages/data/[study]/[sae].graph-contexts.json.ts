import type { APIRoute } from 'astro';
import { graphContexts, graphSaes } from '../../../lib/explorers/graph/contexts.ts';
import { studiesWithGraphs } from '../../../lib/explorers/graph/query.ts';
import type { Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () => {
  const files = (await studiesWithGraphs()).map(async (study) =>
    (await graphSaes(study)).map((sae) => ({
      params: { study: study.name, sae },
      props: { study, sae },
    })),
  );
  return (await Promise.all(files)).flat();
};

/** Where the features of one transcoder that are in graphs are most active. */
export const GET: APIRoute<{ study: Study; sae: string }> = async ({ props: { study, sae } }) =>
  Response.json(await graphContexts(study, sae));
