/**
 * Student's t distribution: the probability that |T| is at most t.
 * Source: Abramowitz & Stegun (1964), 26.7.3 and 26.7.4.
 * @param df degrees of freedom, a whole number from 1
 */
export function centralProbability(t: number, df: number): number {
  const angle = Math.atan(t / Math.sqrt(df));
  const squared = Math.cos(angle) ** 2;
  const isOdd = df % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let series = df === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= df - 2; k += 2) {
    term *= ((k - 1) / k) * squared;
    series += term;
  }
  const tail = Math.sin(angle) * series;
  return isOdd ? (2 / Math.PI) * (angle + tail) : tail;
}

/**
 * The t that |T| exceeds with probability 1 − confidence.
 * @param df degrees of freedom, a whole number from 1
 */
export function tQuantile(confidence: number, df: number): number {
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(Math.sqrt(df) * Math.tan(middle), df) < confidence) low = middle;
    else high = middle;
  }
  return Math.sqrt(df) * Math.tan(low);
}

/** Halvings of the angle after which doubles tell no two angles apart. */
const BISECTIONS = 54;
