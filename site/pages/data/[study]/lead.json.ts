import type { APIRoute } from 'astro';
import { leadOf } from '../../../lib/lead/lead-query.ts';
import { layOut } from '../../../lib/lead/strip.ts';
import { allStudies, type Study } from '../../../lib/study/studies.ts';

export const getStaticPaths = async () =>
  (await allStudies()).map((study) => ({ params: { study: study.name }, props: { study } }));

/** Every list of the figure that a study opens with, with its dot's place. */
export const GET: APIRoute<{ study: Study }> = async ({ props: { study } }) => {
  const lead = await leadOf(study);
  const lists = lead?.lists ?? [];
  const { dots } = layOut(
    lists.map(({ value }) => value),
    { log: lead?.kind === 'word' },
  );
  return Response.json(lists.map((list, i) => ({ ...list, dot: dots[i] })));
};
