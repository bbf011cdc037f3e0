import { saeId } from './shared-columns.ts';
import { integer, real, table, text } from './table.ts';

export const topicHeat = table('topic_heat', 'one feature in the lists of one topic', {
  sae_id: saeId,
  feature: integer('feature of the SAE'),
  topic: text('what the lists are of'),
  value: real('mean of the map’s cells over the topic’s lists'),
});
