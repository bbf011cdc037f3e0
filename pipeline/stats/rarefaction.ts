import { countsOf } from './shannon-index.ts';

/**
 * The expected Shannon index, in nats, of n values drawn without replacement: diversity at a length of n, at which lists
 * of different lengths can be compared. It is exact: the number X of draws of a value that is there c times is
 * hypergeometric, and the index of the drawn values is ln n − Σ X ln X / n.
 *
 * Sources: rarefaction Hurlbert (1971), Ecology 52, 577–586; of the Shannon index Chao et al. (2014), Ecol. Monogr. 84,
 * 45–67.
 *
 * @param n from 0 to the number of values
 * @throws where n is larger
 */
export function rarefiedShannon(values: readonly unknown[], n: number): number {
  if (n > values.length) throw new Error(`${n} of ${values.length} values to draw: give n at most`);
  if (n === 0) return 0;
  const expected = countsOf(values).reduce(
    (sum, count) => sum + expectedXLogX(count, { n, of: values.length }),
    0,
  );
  return Math.log(n) - expected / n;
}

/** E[X ln X] of X hypergeometric: n draws from `of` values, of which `count` are the one counted. */
function expectedXLogX(count: number, { n, of }: { n: number; of: number }): number {
  let sum = 0;
  for (let x = Math.max(2, n - (of - count)); x <= Math.min(count, n); x++)
    sum +=
      Math.exp(logChoose(count, x) + logChoose(of - count, n - x) - logChoose(of, n)) *
      x *
      Math.log(x);
  return sum;
}

const logChoose = (n: number, k: number): number =>
  logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/** [n]: ln n!, as far as it was asked for. */
const LOG_FACTORIALS = [0];

function logFactorial(n: number): number {
  for (let i = LOG_FACTORIALS.length; i <= n; i++)
    LOG_FACTORIALS.push(LOG_FACTORIALS[i - 1]! + Math.log(i));
  return LOG_FACTORIALS[n]!;
}
