import type { APIRoute } from 'astro';
import { CARDS, socialCard } from '../../../lib/social-card.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).flatMap((study) =>
    Object.keys(CARDS).map((card) => ({ params: { study: study.name, card }, props: { study } })),
  );

/** The card that other sites show of a page. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study }, params }) =>
  new Response((await socialCard(study, params.card!)) as Uint8Array<ArrayBuffer>, {
    headers: { 'content-type': 'image/png' },
  });
