import type { APIRoute } from 'astro';
import { allStudies, type Study } from '../../../lib/study/studies.ts';
import { type Section, sectionsOf } from '../../../lib/text/text.ts';

export const getStaticPaths = async () =>
  (await allStudies()).map((study) => ({ params: { study: study.name }, props: { study } }));

/** Where each place of the text is now, by its id: the report was one page once. */
export const GET: APIRoute<{ study: Study }> = ({ props: { study } }) =>
  Response.json(Object.fromEntries(sectionsOf(study.manifest).flatMap(placesIn)));

function placesIn({ id, was, parts, figures, terms, references, path }: Section) {
  const own = [
    id,
    ...parts.map((part) => part.id),
    ...figures.map((figure) => `figure-${figure}`),
    ...terms.map((term) => `term-${term}`),
    ...references.map((reference) => `ref-${reference}`),
  ];
  return [
    ...own.map((place) => [place, `${path}#${place}`] as const),
    ...was.map((place) => [place, `${path}#${id}`] as const),
  ];
}
