import type { APIRoute } from 'astro';
import { isLive, PACKS, type Pack, packOf } from '../../../lib/live/packs.ts';
import { runsHere } from '../../../lib/live/runs-here.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).filter(runsHere).flatMap((study) =>
    PACKS.filter((pack) => pack === 'runtime' || isLive(study)).map((pack) => ({
      params: { study: study.name, pack },
      props: { study },
    })),
  );

/** What a reader's browser loads to run the model; where the reader has the model itself, the program alone. */
export const GET: APIRoute<{ study: Study }, { pack: Pack }> = async ({
  props: { study },
  params: { pack },
}) =>
  new Response(await packOf(study, pack), {
    headers: { 'Content-Type': 'application/octet-stream' },
  });
