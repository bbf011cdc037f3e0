import type { Study } from './studies.ts';

/** A path of this site, wherever it is published. */
export const link = (path: string): string =>
  `${import.meta.env.BASE_URL.replace(/\/$/, '')}/${path}`;

export const reportLink = ({ prefix }: Study): string => link(prefix);
export const samplesLink = ({ prefix }: Study): string => link(`${prefix}samples/`);
export const featuresLink = ({ prefix }: Study): string => link(`${prefix}features/`);
export const featureLink = (study: Study, id: string): string =>
  `${featuresLink(study)}${id === '' ? '' : `${id}/`}`;
export const attributionLink = ({ prefix }: Study): string => link(`${prefix}attribution/`);
export const ablationLink = ({ prefix }: Study): string => link(`${prefix}ablation/`);
export const tryLink = ({ prefix }: Study): string => link(`${prefix}try/`);
export const costLink = ({ prefix }: Study): string => link(`${prefix}cost/`);
export const searchLink = ({ prefix }: Study): string => link(`${prefix}search/`);
/** A figure on a page of its own, to stand in a frame of another. */
export const embedLink = ({ prefix }: Study, id: string): string => link(`${prefix}embed/${id}/`);
/** A figure in the text. @param page the path of the page that it stands on, where that is not the report */
export const figureLink = ({ prefix }: Study, id: string, page = ''): string =>
  `${link(`${prefix}${page}`)}#figure-${id}`;
/** A page on which what is chosen stands in the address. */
export const chosenLink = (page: string, chosen: Readonly<Record<string, string>>): string =>
  `${page}?${new URLSearchParams(chosen)}`;
export const dataLink = ({ prefix }: Study): string => link(`${prefix}data/`);

/** Files that pages load or offer, by study whatever the pages' own paths are. */
export const fileLink = ({ name }: Study, file: string): string => link(`data/${name}/${file}`);

/** What the published exploration printed, and aggregates of what its author released: no study's own. */
export const publishedLink = (file: string): string => link(`data/published/${file}`);

/** The same page of another study; of a feature's card, whose feature another study need not have, the table of features. */
export function sameLink(pathname: string, from: Study, to: Study): string {
  const page = pathname.slice(reportLink(from).length).replace(/^features\/.*/, 'features/');
  return `${reportLink(to)}${page}`;
}

/** The card that other sites show of a page: its own, where it has one, else the report's. */
export function cardLink(pathname: string, study: Study): string {
  const page = pathname.slice(reportLink(study).length).split('/')[0]!;
  return fileLink(study, `card.${CARD_PAGES.includes(page) ? page : 'report'}.png`);
}

const CARD_PAGES = ['samples', 'features', 'attribution', 'ablation', 'data', 'search'];
