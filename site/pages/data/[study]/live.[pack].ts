import type { APIRoute } from 'astro';
import { isLive, PACKS, type Pack, packOf } from '../../../lib/live/packs.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies())
    .filter(isLive)
    .flatMap((study) =>
      PACKS.map((pack) => ({ params: { study: study.name, pack }, props: { study } })),
    );

/** What a reader's browser loads to run the model. */
export const GET: APIRoute<{ study: Study }, { pack: Pack }> = async ({
  props: { study },
  params: { pack },
}) =>
  new Response(await packOf(study, pack), {
    headers: { 'Content-Type': 'application/octet-stream' },
  });
