import { integer, oneOf, text } from './table.ts';
import { TEMPLATES } from './templates.ts';

export const sampleId = text('topic, template, temperature and replicate of the list');

export const template = oneOf(TEMPLATES, 'which prompt');

export const saeId = text('family and layer of the SAE: res_20');

/** Which feature a row is about. */
export const featureColumns = {
  feature_id: text('SAE and feature: res_20_1491'),
  sae_id: saeId,
  feature: integer('feature of the SAE'),
};
