import { featureColumns, sampleId } from './shared-columns.ts';
import { integer, reals, table } from './table.ts';

export const featureContexts = table(
  'feature_contexts',
  'one of the lists in which one feature is most active, with the tokens around the peak',
  {
    ...featureColumns,
    rank: integer('rank by activation, from 1; a list or a text occurs once per feature'),
    sample_id: sampleId,
    peak_pos: integer('position of the feature’s greatest activation in the list'),
    first_pos: integer('position of the first token of the context'),
    activations: reals('activations at the tokens of the context, in order'),
  },
);
