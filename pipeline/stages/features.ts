import { neuronpediaPage, neuronpediaSource } from '../resources/neuronpedia.ts';
import { featureId, parseSaeId } from '../sae/sae.ts';
import { clusterCells } from '../schema/cluster-cells.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { features, LOCAL_LEVEL, type Reach } from '../schema/features.ts';
import { concentrationTest } from '../stats/chance-entropy.ts';
import { keyedRandom } from '../stats/random.ts';
import { shannonIndexOfCounts } from '../stats/shannon-index.ts';
import { defineStage } from './define.ts';
import { readMappedAttributions } from './mapped-attributions.ts';

/** Random draws of lists, for the topics that chance gives. */
const DRAWS = 999;

/** Classify each mapped feature by the topics of the lists in which it is active, beside what chance gives. */
export const featuresStage = defineStage({
  name: 'features',
  source: import.meta.url,
  settings: ['saes', 'seed'],
  needs: ['explanations'],
  reads: [completions, featureAttributions, clusterCells],
  writes: [features],

  async run(context) {
    const { study, explanations, read, write, progress } = context;
    const { rowsOf, samples, topicOf } = await readMappedAttributions(context);
    const topics = samples.map((sample) => topicOf.get(sample)!);
    const random = keyedRandom(study.seed, 'topics of features');
    const pOf = concentrationTest(topics, { draws: DRAWS, random });
    const nTopics = new Set(topics).size;
    write(features, []);
    for (const [i, saeId] of study.saes.ids.entries()) {
      progress(i + 1, study.saes.ids.length, 'SAEs');
      const explanationOf = explanations.forSae(saeId);
      const source = neuronpediaSource(study.saes, saeId);
      const attributed = Map.groupBy(rowsOf.get(saeId) ?? [], ({ feature }) => feature);
      const cells = await read(clusterCells, `sae_id = '${saeId}'`);
      const active = Map.groupBy(cells, ({ feature }) => feature);
      const rows = [...active]
        .sort(([a], [b]) => a - b)
        .map(([feature, cells]) => {
          const byTopic = Map.groupBy(cells, ({ sample_id }) => topicOf.get(sample_id)!);
          const counts = [...byTopic.values()].map(({ length }) => length);
          const n = attributed.get(feature)?.length ?? 0;
          return {
            feature_id: featureId(saeId, feature),
            sae_id: saeId,
            feature,
            sae_family: parseSaeId(saeId).family,
            n_samples: n,
            share_samples: n / samples.length,
            n_active: cells.length,
            ...reachOf(counts, pOf(counts), nTopics),
            explanation: explanationOf.get(feature) ?? null,
            page: source && neuronpediaPage(source, feature),
          };
        });
      write(features, rows);
    }
  },
});

/**
 * Whether a feature is local to topics: its lists are of fewer topics than as many lists drawn at random. If it is not, it is
 * of the whole data set where its effective number of topics, e to the entropy over topics, is at least half of all; in too
 * few lists for that it is undecided.
 * @param counts lists of each topic in which it is active
 */
export function reachOf(
  counts: readonly number[],
  topic_p: number,
  nTopics: number,
): { family: Reach; topic_entropy: number; topic_p: number } {
  const topic_entropy = shannonIndexOfCounts(counts);
  const spreads = Math.exp(topic_entropy) >= nTopics / 2;
  const family = topic_p <= LOCAL_LEVEL ? 'topic-local' : spreads ? 'whole-dataset' : 'undecided';
  return { family, topic_entropy, topic_p };
}
