import { saeId } from './shared-columns.ts';
import { integer, real, table, text } from './table.ts';

export const topicHeat = table('topic_heat', 'one feature in the lists of one topic', {
  sae_id: saeId,
  feature: integer('index of the feature in the SAE'),
  topic: text('topic of the lists'),
  value: real('mean of the feature’s cells in the cluster map over the topic’s lists'),
});
