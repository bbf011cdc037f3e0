/**
 * Number of features of a width, as releases spell it: `384` exactly, `16k` and `1m` the power of two that is so many
 * thousands or millions when rounded (16,384 and 1,048,576).
 * @throws `unknown width of SAEs: 20k: …`
 */
export function featuresOf(width: string): number {
  const features = read(width);
  if (features !== null) return features;
  throw new Error(`unknown width of SAEs: ${width}: write ${WIDTH_IN_WORDS}`);
}

/** Whether a width is one that `featuresOf` reads. */
export const isWidth = (width: string): boolean => read(width) !== null;

export const WIDTH_IN_WORDS =
  'the number of features as the release writes it, such as 384, 16k or 1m';

/** 1k is 1,024, 1m is 1,048,576, 8m is 8,388,608. */
const LARGEST_ROUNDING = 0.05;

function read(width: string): number | null {
  const [, digits, unit] = /^([1-9]\d{0,7})([km]?)$/.exec(width) ?? [];
  if (digits === undefined) return null;
  if (unit === '') return Number(digits);
  const rounded = Number(digits) * (unit === 'k' ? 1e3 : 1e6);
  const features = 2 ** Math.round(Math.log2(rounded));
  return Math.abs(features / rounded - 1) < LARGEST_ROUNDING ? features : null;
}
