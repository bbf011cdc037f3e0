import { formatNumber } from '../number-format.ts';
import { plainWord } from '../plain-words.ts';
import type { Row } from '../queries/query.ts';

/** `5.0 (95 % interval 4.8 to 5.3)` */
export function meanInWords({ mean, ci_low, ci_high }: Row, format: string, level: string): string {
  const [at, low, high] = [mean, ci_low, ci_high].map((v) => formatNumber(Number(v), format));
  return `${at} (${level} interval ${low} to ${high})`;
}

/** `1,140 items`: the sum of a column, and what it counts. */
export const total = (rows: readonly Row[], column: string, counted: string): string =>
  `${formatNumber(
    rows.reduce((sum, row) => sum + Number(row[column]), 0),
    '0',
  )} ${counted}`;

/** How the lists of rows were written, in words: the same for all that a chart of ablations shows. */
export const protocolOf = (shown: readonly Row[]): string => plainWord(String(shown[0]!.protocol));
