import { COMPONENTS, lensPosition } from './lens-columns.ts';
import { integer, oneOf, real, table } from './table.ts';

export const layerContributions = table(
  'layer_contributions',
  'what one part of the model adds to the difference at one item of one list',
  {
    ...lensPosition,
    layer: integer('the layer of the part; −1 for the embedding'),
    component: oneOf(COMPONENTS, 'the part'),
    contribution: real(
      'what it adds to the last layer’s uncapped difference, read through the final norm as it is there',
      'logits',
    ),
  },
);
