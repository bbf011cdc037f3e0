import type { APIRoute } from 'astro';
import { pack } from '../../../lib/explorers/graph/packed.ts';
import {
  type GraphChoice,
  graphChoices,
  readGraph,
  studiesWithGraphs,
} from '../../../lib/explorers/graph/query.ts';
import type { Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () => {
  const files = (await studiesWithGraphs()).map(async (study) =>
    (await graphChoices(study)).map((choice) => ({
      params: { study: study.name, list: choice.id },
      props: { study, choice },
    })),
  );
  return (await Promise.all(files)).flat();
};

/** The attribution graph of one list, or the average over lists. */
export const GET: APIRoute<{ study: Study; choice: GraphChoice }> = async ({
  props: { study, choice },
}) => Response.json(pack(await readGraph(study, choice)));
