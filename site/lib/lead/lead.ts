import { formatNumber } from '../number-format.ts';

/** The figure that a study opens with: a few real lists beside each other, and the same comparison over all lists. Runs in the build and in the browser. */
export interface Lead {
  /** What is compared: lists with features edited, or the chance of the end under either word. */
  readonly kind: 'edited' | 'word';
  /** One head a column. */
  readonly heads: readonly string[];
  readonly lists: readonly LeadList[];
  /** Which of the lists is shown first: one of usual length whose value is nearest the median. */
  readonly first: number;
}

export interface LeadList {
  readonly id: string;
  readonly topic: string;
  /** What the strip shows of the list: items added beyond the control's, or how many times as probable the end is. */
  readonly value: number;
  readonly columns: readonly LeadColumn[];
}

/** A list as it was written. */
export interface LeadColumn {
  readonly items: readonly string[];
  readonly ended: boolean;
  /** The probability of the end after each item, under the prompt's own word and under the other. */
  readonly ends?: readonly (readonly [own: number, other: number])[];
}

/** What stands under a list's last item. */
export const endInWords = ({ ended }: LeadColumn): string =>
  ended ? 'the list ends' : 'cut by the limit';

/** What the bars after an item say, for those who cannot see them. */
export const endsInWords = ([own, other]: readonly [own: number, other: number]): string =>
  `the end has probability ${chance(own)}, with the other word ${chance(other)}`;

const chance = (p: number): string => (p < 0.001 ? '<0.001' : formatNumber(p, '0.000'));

/** `6 items`, or `at least 6 items` where the limit cut the list. */
export const lengthInWords = ({ items, ended }: LeadColumn): string =>
  `${ended ? '' : 'at least '}${items.length} ${items.length === 1 ? 'item' : 'items'}`;

/** The items of a list's text, as many as were counted in it. */
export const itemsOf = (text: string, count: number): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/^\s*- ?/, '').trim())
    .filter((line) => line !== '')
    .slice(0, count);

/** Where the list nearest the median stands, of those whose length is between the quartiles; the first of several. */
export function mostTypical(lists: readonly Pick<LeadList, 'value' | 'columns'>[]): number {
  const lengths = lists.map(({ columns }) => columns[0]!.items.length);
  const [low, high] = [0.25, 0.75].map((share) => quantile(lengths, share)) as [number, number];
  const median = quantile(
    lists.map(({ value }) => value),
    0.5,
  );
  const distances = lists.map(({ value }, i) =>
    lengths[i]! < low || lengths[i]! > high ? Infinity : Math.abs(value - median),
  );
  return distances.indexOf(Math.min(...distances));
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;

/** Items of a column that are shown at once; the rest a reader opens. */
export const MOST_ITEMS = 10;
