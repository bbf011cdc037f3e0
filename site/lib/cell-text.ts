import type { Column } from './charts/figure.ts';
import { formatNumber } from './number-format.ts';
import { plainWord } from './plain-words.ts';
import type { Cell } from './queries/query.ts';

/** A value as a table shows it. */
export function cellText(value: Cell | undefined, { format }: Column): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'number' && format
    ? formatNumber(value, format)
    : plainWord(String(value));
}
