import type { APIRoute } from 'astro';
import { attributedLists, attributedSaes } from '../../../lib/attribution-query.ts';
import { allStudies, type Study } from '../../../lib/studies.ts';

export const getStaticPaths = async () => {
  const files = (await allStudies()).map(async (study) =>
    (await attributedSaes(study)).map((sae) => ({
      params: { study: study.name, sae },
      props: { study, sae },
    })),
  );
  return (await Promise.all(files)).flat();
};

/** What one SAE accounts for in each list, token by token. */
export const GET: APIRoute<{ study: Study; sae: string }> = async ({ props: { study, sae } }) =>
  Response.json(await attributedLists(study, sae));
