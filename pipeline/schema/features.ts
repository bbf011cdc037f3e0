import { FAMILIES } from './sae-families.ts';
import { featureColumns } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';

export const REACHES = ['whole-dataset', 'topic-local'] as const;

export const features = table('features', 'one feature to which the end of a list is attributed', {
  ...featureColumns,
  sae_family: oneOf(
    FAMILIES,
    'site of the SAE: residual stream, attention heads, or MLP output; tc: a transcoder from an MLP’s input to its output',
  ),
  family: oneOf(
    REACHES,
    'whole-dataset where exp(topic_entropy), the effective number of the feature’s topics, is at least half of all topics; else topic-local',
  ),
  n_samples: integer('lists in which the feature is among the largest attributions', 'lists'),
  share_samples: real('share of these lists in all attributed lists'),
  topic_entropy: real('entropy of the distribution of these lists over topics', 'nats'),
  explanation: nullable(text('Neuronpedia’s explanation of the feature; null where not fetched')),
  page: nullable(text('address of the feature’s page on Neuronpedia; null where it has none')),
});
