import { runsHere } from '../live/runs-here.ts';
import { chaptersOf } from '../text/chapters.ts';
import { hasGraphs } from './has-graphs.ts';
import { reportLink } from './links.ts';
import type { Study } from './studies.ts';

/**
 * The same page of another study: of a feature's card, whose feature another study need not have, the table of features; of a
 * chapter, graphs or a live model that it does not have, its front page.
 */
export function samePage(pathname: string, from: Study, to: Study): string {
  const page = pathname.slice(reportLink(from).length).replace(/^features\/.+/, 'features/table/');
  return `${reportLink(to)}${lacks(to, page, from) ? '' : page}`;
}

function lacks(study: Study, page: string, from: Study): boolean {
  if (page === 'graph/') return !hasGraphs(study);
  if (page === 'try/') return !runsHere(study);
  const isChapter = ({ manifest }: Study) => chaptersOf(manifest).some(({ path }) => path === page);
  return isChapter(from) && !isChapter(study);
}
