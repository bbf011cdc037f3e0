import type { APIRoute } from 'astro';
import { ABLATED, ablatedLists } from '../../../lib/explorers/ablation-query.ts';
import { saesIn } from '../../../lib/explorers/lists.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () => {
  const files = (await allStudies()).map(async (study) =>
    (await saesIn(study, ABLATED)).map((sae) => ({
      params: { study: study.name, sae },
      props: { study, sae },
    })),
  );
  return (await Promise.all(files)).flat();
};

/** What zeroing one SAE's features does to each list. */
export const GET: APIRoute<{ study: Study; sae: string }> = async ({ props: { study, sae } }) =>
  Response.json(await ablatedLists(study, sae));
