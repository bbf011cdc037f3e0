/**
 * The quantile of Student's t distribution with some degrees of freedom, ten or more: below it lies a share `p`.
 * Source: Abramowitz & Stegun (1964), 26.7.5.
 */
export function studentQuantile(p: number, freedom: number): number {
  const z = normalQuantile(p);
  const [z2, n] = [z * z, freedom];
  const first = (z * (z2 + 1)) / (4 * n);
  const second = (z * ((5 * z2 + 16) * z2 + 3)) / (96 * n ** 2);
  const third = (z * (((3 * z2 + 19) * z2 + 17) * z2 - 15)) / (384 * n ** 3);
  return z + first + second + third;
}

/**
 * The quantile of the standard normal distribution: below it lies a share `p`, above 0 and below 1.
 * Source: Abramowitz & Stegun (1964), 26.2.17, for the distribution; its inverse is found by bisection.
 */
function normalQuantile(p: number): number {
  let [low, high] = [-10, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalShareBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The share of a standard normal distribution below x, to 7.5e-8. */
function normalShareBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = COEFFICIENTS.reduceRight((sum, coefficient) => t * (coefficient + sum), 0);
  const above = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - above : above;
}

const COEFFICIENTS = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
