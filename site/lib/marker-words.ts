import type { Manifest } from '../../pipeline/schema/manifest.ts';

/** What stands before each item of a study's lists, in words. */
export interface MarkerWords {
  /** `hyphen` */
  readonly name: string;
  /** `a hyphen` */
  readonly one: string;
  /** `hyphens` */
  readonly many: string;
}

/** Markers by the first word of a form's name in study files. */
const MARKERS: Readonly<Record<string, MarkerWords>> = {
  hyphens: { name: 'hyphen', one: 'a hyphen', many: 'hyphens' },
  stars: { name: 'asterisk', one: 'an asterisk', many: 'asterisks' },
  numbered: { name: 'number', one: 'a number', many: 'numbers' },
};

/** Words for forms in which nothing stands before every item. */
const NONE: MarkerWords = { name: 'marker', one: 'a marker', many: 'markers' };

type Named = Pick<Manifest['form'], 'name'>;

const markerIn = ({ name }: Named): MarkerWords | undefined => MARKERS[name.split('-')[0]!];

export const markerWords = (form: Named): MarkerWords => markerIn(form) ?? NONE;

/** Whether something stands before every item, with which the answer is begun. */
export const isMarked = (form: Named): boolean => markerIn(form) !== undefined;

/** Whether items stand on one line, with commas between them. */
export const hasCommas = ({ name }: Named): boolean => name.startsWith('commas-');

/** What stands between two items. */
export const separatorName = (form: Named): string => (hasCommas(form) ? 'comma' : 'newline');
