import { FAMILIES, featureId, parseSaeId } from '../sae/sae.ts';
import { linkage } from '../stats/linkage.ts';
import { shannonIndexOfCounts } from '../stats/shannon-index.ts';
import { integer, nullable, oneOf, type Row, real, table, text } from '../tables/table.ts';
import { completions } from './1-generate.ts';
import { saeId } from './5-sae-quality.ts';
import { featureAttributions } from './6-attribute.ts';
import { defineStage } from './stage.ts';

const AXES = ['sample', 'feature'] as const;
type Axis = (typeof AXES)[number];
const axis = oneOf(AXES, 'which side of the map');

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
  explanation: nullable(text('what others say that it means, where they do')),
});

export const clusterMaps = table('cluster_maps', 'one leaf of a tree over an SAE’s map', {
  sae_id: saeId,
  axis,
  leaf: integer('number of the point in the tree, from 0'),
  name: text('the list, or the feature'),
  leaf_order: integer('place in which the tree is drawn without crossings, from 0'),
});

export const clusterMerges = table('cluster_merges', 'one merge of a tree over an SAE’s map', {
  sae_id: saeId,
  axis,
  cluster: integer('number of the new cluster; leaves come before'),
  left: integer('the smaller of the two clusters merged'),
  right: integer('the larger'),
  height: real('distance at which they merge'),
  size: integer('leaves in the new cluster'),
});

export const clusterCells = table('cluster_cells', 'one cell of an SAE’s map that is not 0', {
  sae_id: saeId,
  sample_id: text('the list'),
  feature: integer('feature of the SAE'),
  value: real('greatest activation in the list, as a share of the feature’s greatest in any'),
});

export const topicHeat = table('topic_heat', 'one feature in the lists of one topic', {
  sae_id: saeId,
  feature: integer('feature of the SAE'),
  topic: text('what the lists are of'),
  value: real('mean of the map’s cells over the topic’s lists'),
});

/** The metric whose features are mapped. */
const METRIC = 'blank_newline';

type Attributed = Row<typeof featureAttributions>;

/**
 * Map lists against features: the greatest activation of each feature in each list where it is among the most
 * attributed, 0 elsewhere, as a share of its greatest in any. Both sides are clustered by average linkage.
 */
export const clusterStage = defineStage({
  name: '7-cluster',
  source: import.meta.url,
  config: ['saes', 'attribution'],
  reads: [completions, featureAttributions],
  writes: [features, clusterMaps, clusterMerges, clusterCells, topicHeat],

  async run({ study, read, write, progress }) {
    const topicOf = new Map((await read(completions)).map((list) => [list.sample_id, list.topic]));
    const rows = (await read(featureAttributions)).filter(({ metric }) => metric === METRIC);
    const samples = [...new Set(rows.map(({ sample_id }) => sample_id))];
    const out: Tables = { features: [], maps: [], merges: [], cells: [], heat: [] };
    const bySae = Map.groupBy(rows, ({ sae_id }) => sae_id);
    for (const [i, id] of study.saes.ids.entries()) {
      mapSae(id, bySae.get(id) ?? [], samples, topicOf, out);
      progress(i + 1, study.saes.ids.length, 'SAEs');
    }
    write(features, out.features);
    write(clusterMaps, out.maps);
    write(clusterMerges, out.merges);
    write(clusterCells, out.cells);
    write(topicHeat, out.heat);
  },
});

interface Tables {
  readonly features: Row<typeof features>[];
  readonly maps: Row<typeof clusterMaps>[];
  readonly merges: Row<typeof clusterMerges>[];
  readonly cells: Row<typeof clusterCells>[];
  readonly heat: Row<typeof topicHeat>[];
}

function mapSae(
  id: string,
  rows: readonly Attributed[],
  samples: readonly string[],
  topicOf: ReadonlyMap<string, string>,
  out: Tables,
): void {
  const byFeature = [...Map.groupBy(rows, ({ feature }) => feature)].sort(([a], [b]) => a - b);
  if (byFeature.length === 0) return;
  const listsOf = Map.groupBy(samples, (sample) => topicOf.get(sample)!);
  const columns = byFeature.map(([feature, of]) => {
    out.features.push(describe(id, feature, of, samples.length, topicOf, listsOf.size));
    const greatest = Math.max(...of.map(({ max_act }) => max_act));
    const cells = new Map(of.map(({ sample_id, max_act }) => [sample_id, max_act / greatest]));
    for (const [sample_id, value] of cells)
      out.cells.push({ sae_id: id, sample_id, feature, value });
    for (const [topic, lists] of listsOf) {
      const sum = lists.reduce((total, sample) => total + (cells.get(sample) ?? 0), 0);
      out.heat.push({ sae_id: id, feature, topic, value: sum / lists.length });
    }
    return samples.map((sample) => cells.get(sample) ?? 0);
  });
  const names = byFeature.map(([feature]) => featureId(id, feature));
  const lines = samples.map((_, i) => columns.map((column) => column[i]!));
  cluster(id, 'feature', names, columns, out);
  cluster(id, 'sample', samples, lines, out);
}

function describe(
  id: string,
  feature: number,
  of: readonly Attributed[],
  nSamples: number,
  topicOf: ReadonlyMap<string, string>,
  nTopics: number,
): Row<typeof features> {
  const topics = Map.groupBy(of, ({ sample_id }) => topicOf.get(sample_id)!);
  const entropy = shannonIndexOfCounts([...topics.values()].map(({ length }) => length));
  const effectiveTopics = Math.exp(entropy);
  return {
    feature_id: featureId(id, feature),
    sae_id: id,
    feature,
    sae_family: parseSaeId(id).family,
    family: effectiveTopics >= nTopics / 2 ? 'whole-dataset' : 'topic-local',
    n_samples: of.length,
    share_samples: of.length / nSamples,
    topic_entropy: entropy,
    explanation: null,
  };
}

function cluster(
  id: string,
  axis: Axis,
  names: readonly string[],
  points: readonly (readonly number[])[],
  out: Tables,
): void {
  const { merges, leaves } = linkage(points, 'average');
  leaves.forEach((leaf, leaf_order) => {
    out.maps.push({ sae_id: id, axis, leaf, name: names[leaf]!, leaf_order });
  });
  merges.forEach((merge, i) => {
    out.merges.push({ sae_id: id, axis, cluster: names.length + i, ...merge });
  });
}
