import { FAMILIES } from './sae-families.ts';
import { featureColumns } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';

export const REACHES = ['whole-dataset', 'topic-local', 'undecided'] as const;
export type Reach = (typeof REACHES)[number];

/** The `topic_p` up to which a feature is topic-local: by chance, so many features are. */
export const LOCAL_LEVEL = 0.05;

export const features = table('features', 'one feature to which the end of a list is attributed', {
  ...featureColumns,
  sae_family: oneOf(
    FAMILIES,
    'site of the SAE: residual stream, attention heads, or MLP output; tc: a transcoder from an MLP’s input to its output',
  ),
  family: oneOf(
    REACHES,
    'topic-local where topic_p is at most 0.05; else whole-dataset where exp(topic_entropy), the effective number of the feature’s topics, is at least half of all topics; else undecided, in too few lists to tell',
  ),
  n_samples: integer('lists in which the feature is among the largest attributions', 'lists'),
  share_samples: real('share of these lists in all attributed lists'),
  n_active: integer(
    'attributed lists in which it is active, among the largest attributions or not',
    'lists',
  ),
  topic_entropy: real('entropy over topics of the lists in which it is active', 'nats'),
  topic_p: real(
    'share of 999 random draws of as many attributed lists whose topics have an entropy as low or lower, the feature’s own among them',
  ),
  explanation: nullable(text('Neuronpedia’s explanation of the feature; null where not fetched')),
  page: nullable(text('address of the feature’s page on Neuronpedia; null where it has none')),
});
