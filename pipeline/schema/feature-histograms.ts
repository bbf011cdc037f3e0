import { featureColumns } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const featureHistograms = table(
  'feature_histograms',
  'one interval of the activations of one feature, where it is active',
  {
    ...featureColumns,
    low: real('lower end'),
    high: real('upper end; the last interval holds it'),
    count: integer('positions', 'positions'),
  },
);
