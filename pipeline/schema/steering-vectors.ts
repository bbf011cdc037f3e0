import { STEERING_METHODS } from './baseline-columns.ts';
import { integer, oneOf, type Row, real, table } from './table.ts';
import { TEMPLATES } from './templates.ts';

export const steeringVectorsTable = table('steering_vectors', 'one layer’s steering vector', {
  template: oneOf(TEMPLATES, 'prompt template whose lists are steered'),
  method: oneOf(STEERING_METHODS, 'method that adds the vector'),
  layer: integer('layer after which the vector is computed and added'),
  difference_norm: real('norm of the difference of means, before rescaling'),
  residual_norm: real('mean norm of the residual stream: norm of the vector at strength 1'),
  n: integer('positions averaged on each side', 'positions'),
});

export type VectorRow = Row<typeof steeringVectorsTable>;
