/**
 * Number of features of a width, as releases spell it: `384` exactly, `16k` and `1m` the power of two that is so many
 * thousands or millions when rounded (16,384 and 1,048,576).
 * @throws `unknown width of SAEs: 20k: …`
 */
export function featuresOf(width: string): number {
  const [, digits, unit] = /^([1-9]\d*)([km]?)$/.exec(width) ?? [];
  if (digits === undefined) return fail(width);
  if (unit === '') return Number(digits);
  const rounded = Number(digits) * (unit === 'k' ? 1e3 : 1e6);
  const features = 2 ** Math.round(Math.log2(rounded));
  return Math.abs(features / rounded - 1) < LARGEST_ROUNDING ? features : fail(width);
}

/** 1k is 1,024, 1m is 1,048,576, 8m is 8,388,608. */
const LARGEST_ROUNDING = 0.05;

function fail(width: string): never {
  throw new Error(
    `unknown width of SAEs: ${width}: write the number of features as the release does, such as 384, 16k or 1m`,
  );
}
