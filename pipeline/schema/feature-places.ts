import { featureColumns } from './shared-columns.ts';
import { integer, oneOf, real, table } from './table.ts';

/** Where in a list a token stands. `end` is the token that ends the turn, `other` what is no part of the list. */
export const PLACES = [
  'prompt',
  'marker',
  'first item',
  'middle item',
  'last item',
  'blank',
  'newline',
  'end',
  'other',
] as const;
export type Place = (typeof PLACES)[number];

export const featurePlaces = table('feature_places', 'one feature at tokens of one place', {
  ...featureColumns,
  place: oneOf(PLACES, 'where in the list the token stands'),
  n: integer('tokens there', 'positions'),
  n_active: integer('at how many of them it is active', 'positions'),
  mean_act: real('mean activation over all of them'),
});
