import { integer, real, table } from './table.ts';

export const tQuantiles = table(
  't_quantiles',
  'one quantile of Student’s t distribution, with which intervals of shares are computed',
  {
    df: integer('degrees of freedom: the number of clusters less one'),
    quantile: real('what |t| exceeds with a probability of one less the confidence level'),
  },
);
