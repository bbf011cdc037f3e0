import type { APIRoute } from 'astro';
import { ATTRIBUTED, attributedLists } from '../../../lib/explorers/attribution-query.ts';
import { saesIn } from '../../../lib/explorers/lists.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () => {
  const files = (await allStudies()).map(async (study) =>
    (await saesIn(study, ATTRIBUTED)).map((sae) => ({
      params: { study: study.name, sae },
      props: { study, sae },
    })),
  );
  return (await Promise.all(files)).flat();
};

/** What one SAE accounts for in each list, token by token. */
export const GET: APIRoute<{ study: Study; sae: string }> = async ({ props: { study, sae } }) =>
  Response.json(await attributedLists(study, sae));
