import type { Study } from './studies.ts';

/** A path of this site, wherever it is published. */
export const link = (path: string): string =>
  `${import.meta.env.BASE_URL.replace(/\/$/, '')}/${path}`;

export const reportLink = ({ prefix }: Study): string => link(prefix);
/** Every list, from the side that the page opens with. */
export const listsLink = ({ prefix }: Study): string => link(`${prefix}lists/`);
export const samplesLink = (study: Study): string => `${listsLink(study)}?tab=written`;
export const attributionLink = (study: Study): string => `${listsLink(study)}?tab=attribution`;
export const ablationLink = (study: Study): string => `${listsLink(study)}?tab=edited`;
/** The table of all features. */
export const featuresLink = ({ prefix }: Study): string => link(`${prefix}features/table/`);
export const featureLink = ({ prefix }: Study, id: string): string =>
  link(`${prefix}features/${id === '' ? '' : `${id}/`}`);
/** The attribution graphs, of a study that has any. */
export const graphLink = ({ prefix }: Study): string => link(`${prefix}graph/`);
/** The page on which a reader runs the model, of a study that has it. */
export const tryLink = ({ prefix }: Study): string => link(`${prefix}try/`);
export const costLink = ({ prefix }: Study): string => link(`${prefix}cost/`);
export const searchLink = ({ prefix }: Study): string => link(`${prefix}search/`);
/** A figure on a page of its own, to stand in a frame of another. */
export const embedLink = ({ prefix }: Study, id: string): string => link(`${prefix}embed/${id}/`);
/** A figure in the text. @param page the path of the page that it stands on, after the study's own */
export const figureLink = ({ prefix }: Study, id: string, page: string): string =>
  `${link(`${prefix}${page}`)}#figure-${id}`;
/** A place of the text, by its id and its page's path: on the same page, or on the one that has all chapters, the id alone. */
export const placeLink = (
  { prefix }: Study,
  here: string,
  { id, path }: { readonly id: string; readonly path: string },
): string => (here === path || here === ALL ? `#${id}` : `${link(`${prefix}${path}`)}#${id}`);
/** The page that has all chapters, for print. */
export const ALL = 'all/';
export const chapterLink = ({ prefix }: Study, path: string): string => link(`${prefix}${path}`);
/** A page on which what is chosen stands in the address. */
export const chosenLink = (page: string, chosen: Readonly<Record<string, string>>): string =>
  `${page}${page.includes('?') ? '&' : '?'}${new URLSearchParams(chosen)}`;
export const dataLink = ({ prefix }: Study): string => link(`${prefix}data/`);

/** Files that pages load or offer, by study whatever the pages' own paths are. */
export const fileLink = ({ name }: Study, file: string): string => link(`data/${name}/${file}`);

/** What the published exploration printed, and aggregates of what its author released: no study's own. */
export const publishedLink = (file: string): string => link(`data/published/${file}`);

/** The card that other sites show of a page: its own, where it has one, else the report's. */
export function cardLink(pathname: string, study: Study): string {
  const page = pathname.slice(reportLink(study).length).split('/')[0]!;
  return fileLink(study, `card.${CARD_PAGES.includes(page) ? page : 'report'}.png`);
}

const CARD_PAGES = ['lists', 'features', 'data', 'search'];
