import { featureColumns, sampleId } from './shared-columns.ts';
import { integer, reals, table } from './table.ts';

export const featureContexts = table(
  'feature_contexts',
  'one of the places at which one feature is most active, with the tokens about it',
  {
    ...featureColumns,
    rank: integer('place by activation, from 1; one context a list, no text twice'),
    sample_id: sampleId,
    peak_pos: integer('position of the greatest activation in the list'),
    first_pos: integer('position of the first token shown'),
    activations: reals('activation at the first token shown and at each one after it'),
  },
);
