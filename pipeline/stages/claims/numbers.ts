import type { Interval } from './verdict.ts';

/** A number with a true minus sign. */
export const digits = (x: number, places: number): string =>
  x
    .toFixed(places)
    .replace(/^-/, '−')
    .replace(/^−(0(?:\.0*)?)$/, '$1');

/** `8.4 [7.6, 9.1]` */
export const number = ({ mean, ci_low, ci_high }: Interval, places = 2): string =>
  `${digits(mean, places)} [${digits(ci_low, places)}, ${digits(ci_high, places)}]`;

/** `62 % [45, 77]` */
export const share = ({ mean, ci_low, ci_high }: Interval): string =>
  `${percent(mean)} [${digits(100 * ci_low, 0)}, ${digits(100 * ci_high, 0)}]`;

export const percent = (x: number): string => `${digits(100 * x, 0)} %`;
