import { STEERING_METHODS } from './baseline-columns.ts';
import { integer, oneOf, type Row, real, table } from './table.ts';
import { TEMPLATES } from './templates.ts';

export const steeringVectorsTable = table('steering_vectors', 'one layer’s steering vector', {
  template: oneOf(TEMPLATES, 'the prompt that it leads away from'),
  method: oneOf(STEERING_METHODS, 'the method that adds it'),
  layer: integer('the layer after which it is taken and added'),
  difference_norm: real('length of the difference that the qualifier makes there'),
  residual_norm: real('mean length of the residual stream there: that of strength 1'),
  n: integer('positions averaged on either side', 'positions'),
});

export type VectorRow = Row<typeof steeringVectorsTable>;
