import { FAMILIES, featureId, parseSaeId } from '../sae/sae.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from '../schema/table.ts';
import { neuronpediaPage, neuronpediaSource } from '../sources/neuronpedia.ts';
import { shannonIndexOfCounts } from '../stats/shannon-index.ts';
import { completions } from './1-generate.ts';
import { saeId } from './5-sae-quality.ts';
import { featureAttributions, MAPPED_METRIC } from './6-attribute.ts';
import { defineStage } from './stage.ts';

const REACHES = ['whole-dataset', 'topic-local'] as const;

export const features = table('features', 'one feature that a list’s end is attributed to', {
  feature_id: text('SAE and feature: res_20_1491'),
  sae_id: saeId,
  feature: integer('feature of the SAE'),
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

/** Tell the features that count in lists of every kind from those of one topic. */
export const featuresStage = defineStage({
  name: 'features',
  source: import.meta.url,
  config: ['saes', 'attribution', 'explanations'],
  reads: [completions, featureAttributions],
  writes: [features],

  async run({ study, explanations, read, write }) {
    const topicOf = new Map((await read(completions)).map((list) => [list.sample_id, list.topic]));
    const rows = (await read(featureAttributions)).filter(({ metric }) => metric === MAPPED_METRIC);
    const samples = [...new Set(rows.map(({ sample_id }) => sample_id))];
    const nTopics = new Set(samples.map((sample) => topicOf.get(sample))).size;
    const bySae = Map.groupBy(rows, ({ sae_id }) => sae_id);
    const found = study.saes.ids.flatMap((id) => {
      const words = explanations(id);
      const source = neuronpediaSource(study.saes, id);
      return [...Map.groupBy(bySae.get(id) ?? [], ({ feature }) => feature)]
        .sort(([a], [b]) => a - b)
        .map(([feature, of]) => {
          const topics = Map.groupBy(of, ({ sample_id }) => topicOf.get(sample_id)!);
          const lists = [...topics.values()].map(({ length }) => length);
          return {
            ...describe(id, feature, lists, { samples: samples.length, topics: nTopics }),
            explanation: words.get(feature) ?? null,
            page: source && neuronpediaPage(source, feature),
          };
        });
    });
    write(features, found);
  },
});

/** @param lists in how many lists of each of its topics it is among the most attributed */
function describe(
  id: string,
  feature: number,
  lists: readonly number[],
  all: { samples: number; topics: number },
): Omit<Row<typeof features>, 'explanation' | 'page'> {
  const n = lists.reduce((a, b) => a + b, 0);
  const entropy = shannonIndexOfCounts(lists);
  const effectiveTopics = Math.exp(entropy);
  return {
    feature_id: featureId(id, feature),
    sae_id: id,
    feature,
    sae_family: parseSaeId(id).family,
    family: effectiveTopics >= all.topics / 2 ? 'whole-dataset' : 'topic-local',
    n_samples: n,
    share_samples: n / all.samples,
    topic_entropy: entropy,
  };
}
