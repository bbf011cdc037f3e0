import type { Manifest } from '../../../pipeline/schema/manifest.ts';
import { CHAPTER_LIST, type ChapterEntry, FRONT } from './chapter-list.ts';
import { type Section, sectionsOf } from './text.ts';

/** A page of the report: sections that belong together. */
export interface Chapter extends ChapterEntry {
  readonly id: string;
  /** Its path after a study's own: nothing for the front page. */
  readonly path: string;
  readonly sections: readonly Section[];
}

/** The chapters that a study has a section of, in reading order; the first is the front page. */
export function chaptersOf(manifest: Pick<Manifest, 'kind' | 'files'>): Chapter[] {
  const sections = Map.groupBy(sectionsOf(manifest), ({ chapter }) => chapter);
  return [...CHAPTER_LIST].flatMap(([id, entry]) => {
    const own = sections.get(id) ?? [];
    return own.length === 0
      ? []
      : [{ id, ...entry, path: id === FRONT ? '' : `${id}/`, sections: own }];
  });
}
