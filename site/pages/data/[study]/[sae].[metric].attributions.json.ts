import type { APIRoute } from 'astro';
import { PROXY_NAMES } from '../../../../pipeline/schema/proxies.ts';
import { ATTRIBUTED, attributedLists } from '../../../lib/explorers/attribution-query.ts';
import { saesIn } from '../../../lib/explorers/lists.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () => {
  const files = (await allStudies()).map(async (study) =>
    (await saesIn(study, ATTRIBUTED)).flatMap((sae) =>
      PROXY_NAMES.map((metric) => ({
        params: { study: study.name, sae, metric },
        props: { study, sae, metric },
      })),
    ),
  );
  return (await Promise.all(files)).flat();
};

/** What one SAE accounts for in each list, token by token, of one metric. */
export const GET: APIRoute<{ study: Study; sae: string; metric: string }> = async ({
  props: { study, sae, metric },
}) => Response.json(await attributedLists(study, sae, metric));
