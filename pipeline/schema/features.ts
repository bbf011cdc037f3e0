import { FAMILIES } from './sae-families.ts';
import { featureColumns } from './shared-columns.ts';
import { integer, nullable, oneOf, real, table, text } from './table.ts';

export const REACHES = ['whole-dataset', 'topic-local'] as const;

export const features = table('features', 'one feature that a list’s end is attributed to', {
  ...featureColumns,
  sae_family: oneOf(
    FAMILIES,
    'what the SAE reads: the residual stream, heads, an MLP, or an MLP by its input',
  ),
  family: oneOf(
    REACHES,
    'whole-dataset where the topics that it counts in are, weighed by its lists, as many as half of all; else topic-local',
  ),
  n_samples: integer('lists in which it is among the most attributed', 'lists'),
  share_samples: real('their share of all lists attributed'),
  topic_entropy: real('entropy of those lists over topics', 'nats'),
  explanation: nullable(text('what Neuronpedia says that it means, where that was fetched')),
  page: nullable(text('its page on Neuronpedia, where it has one')),
});
