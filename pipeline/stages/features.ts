import { MAPPED_PROXY } from '../lists/proxies.ts';
import { neuronpediaPage, neuronpediaSource } from '../resources/neuronpedia.ts';
import { featureId, parseSaeId } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { features } from '../schema/features.ts';
import type { Row } from '../schema/table.ts';
import { shannonIndexOfCounts } from '../stats/shannon-index.ts';
import { defineStage } from './define.ts';
import { topicsById } from './lists-by-id.ts';

/** Tell the features that count in lists of every kind from those of one topic. */
export const featuresStage = defineStage({
  name: 'features',
  source: import.meta.url,
  settings: ['saes'],
  needs: ['explanations'],
  reads: [completions, featureAttributions],
  writes: [features],

  async run({ study, explanations, read, write }) {
    const topicOf = topicsById(await read(completions));
    const rows = (await read(featureAttributions)).filter(({ metric }) => metric === MAPPED_PROXY);
    const samples = [...new Set(rows.map(({ sample_id }) => sample_id))];
    const nTopics = new Set(samples.map((sample) => topicOf.get(sample))).size;
    const bySae = Map.groupBy(rows, ({ sae_id }) => sae_id);
    const found = study.saes.ids.flatMap((id) => {
      const words = explanations.of(id);
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
