import { neuronpediaPage, neuronpediaSource } from '../resources/neuronpedia.ts';
import { featureId, parseSaeId } from '../sae/sae.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { features } from '../schema/features.ts';
import type { Row } from '../schema/table.ts';
import { shannonIndexOfCounts } from '../stats/shannon-index.ts';
import { defineStage } from './define.ts';
import { readMappedAttributions } from './mapped-attributions.ts';

/** Classify each attributed feature: attributed in lists of most topics (whole-dataset), or of few (topic-local). */
export const featuresStage = defineStage({
  name: 'features',
  source: import.meta.url,
  settings: ['saes'],
  needs: ['explanations'],
  reads: [completions, featureAttributions],
  writes: [features],

  async run({ study, explanations, read, write }) {
    const { rowsOf, samples, topicOf } = await readMappedAttributions(read);
    const nTopics = new Set(samples.map((sample) => topicOf.get(sample))).size;
    const totals = { samples: samples.length, topics: nTopics };
    const rows = study.saes.ids.flatMap((saeId) => {
      const explanationOf = explanations.forSae(saeId);
      const source = neuronpediaSource(study.saes, saeId);
      const byFeature = Map.groupBy(rowsOf.get(saeId) ?? [], ({ feature }) => feature);
      return [...byFeature]
        .sort(([a], [b]) => a - b)
        .map(([feature, featureRows]) => {
          const byTopic = Map.groupBy(featureRows, ({ sample_id }) => topicOf.get(sample_id)!);
          const listsByTopic = [...byTopic.values()].map(({ length }) => length);
          return {
            ...familyOf(saeId, feature, listsByTopic, totals),
            explanation: explanationOf.get(feature) ?? null,
            page: source && neuronpediaPage(source, feature),
          };
        });
    });
    write(features, rows);
  },
});

/**
 * How many lists and topics a feature is attributed in. It is whole-dataset if its effective number of topics, e to the
 * entropy over topics, is at least half of all topics.
 * @param listsByTopic number of lists of each topic in which the feature is among the most attributed
 */
function familyOf(
  saeId: string,
  feature: number,
  listsByTopic: readonly number[],
  totals: { readonly samples: number; readonly topics: number },
): Omit<Row<typeof features>, 'explanation' | 'page'> {
  const n = listsByTopic.reduce((a, b) => a + b, 0);
  const entropy = shannonIndexOfCounts(listsByTopic);
  const effectiveTopics = Math.exp(entropy);
  return {
    feature_id: featureId(saeId, feature),
    sae_id: saeId,
    feature,
    sae_family: parseSaeId(saeId).family,
    family: effectiveTopics >= totals.topics / 2 ? 'whole-dataset' : 'topic-local',
    n_samples: n,
    share_samples: n / totals.samples,
    topic_entropy: entropy,
  };
}
