import { featureColumns } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const featureHistograms = table(
  'feature_histograms',
  'one bin of the histogram of one feature’s non-zero activations',
  {
    ...featureColumns,
    low: real('lower end of the bin'),
    high: real('upper end of the bin, which only the last bin includes'),
    count: integer('number of positions with an activation in the bin', 'positions'),
  },
);
