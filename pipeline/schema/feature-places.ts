import { featureColumns } from './shared-columns.ts';
import { integer, oneOf, real, table } from './table.ts';

/**
 * Kinds of tokens in a list. `end` is the token that ends the turn; `nested` is one of an indented line with a marker;
 * `other` is a token that is not part of the list.
 */
export const PLACES = [
  'prompt',
  'marker',
  'first item',
  'middle item',
  'last item',
  'blank',
  'newline',
  'end',
  'nested',
  'other',
] as const;
export type Place = (typeof PLACES)[number];

export const featurePlaces = table(
  'feature_places',
  'one feature at the tokens of one place in the lists',
  {
    ...featureColumns,
    place: oneOf(PLACES, 'place of the tokens in their list'),
    n: integer('number of tokens at this place', 'positions'),
    n_active: integer('number of these tokens at which the feature is active', 'positions'),
    mean_act: real('mean activation of the feature over all these tokens'),
  },
);
