import { integer, oneOf, text } from './table.ts';
import { TEMPLATES } from './templates.ts';

export const sampleId = text('id of the list: topic, template, temperature and replicate');

export const template = oneOf(TEMPLATES, 'prompt template of the list');

export const saeId = text('id of the SAE: family and layer, such as res_20');

/** Columns that identify a feature. */
export const featureColumns = {
  feature_id: text('id of the feature: SAE and index, such as res_20_1491'),
  sae_id: saeId,
  feature: integer('index of the feature in the SAE'),
};
