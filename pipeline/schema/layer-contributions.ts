import { COMPONENTS, lensPosition } from './lens-columns.ts';
import { integer, oneOf, real, table } from './table.ts';

export const layerContributions = table(
  'layer_contributions',
  'the contribution of one component of the model to the logit difference at one item of one list',
  {
    ...lensPosition,
    layer: integer('layer of the component; −1 for the embedding'),
    component: oneOf(COMPONENTS, 'the component'),
    contribution: real(
      'contribution of the component’s output to the last layer’s uncapped logit difference, with the final norm’s divisor fixed',
      'logits',
    ),
  },
);
