import { featureId } from '../../sae/sae.ts';
import type { clusterCells } from '../../schema/cluster-cells.ts';
import type { Axis } from '../../schema/cluster-columns.ts';
import type { clusterMaps } from '../../schema/cluster-maps.ts';
import type { clusterMerges } from '../../schema/cluster-merges.ts';
import type { Row } from '../../schema/table.ts';
import type { topicHeat } from '../../schema/topic-heat.ts';
import { dendrogram } from '../../stats/dendrogram.ts';
import { linkage } from '../../stats/linkage.ts';

/** The value of one feature in one list; a pair without a cell has the value 0. */
export interface Cell {
  readonly sample_id: string;
  readonly feature: number;
  readonly value: number;
}

/** The rows of the tables of maps, as they grow. */
export interface MapTables {
  readonly maps: Row<typeof clusterMaps>[];
  readonly merges: Row<typeof clusterMerges>[];
  readonly cells: Row<typeof clusterCells>[];
  readonly heat: Row<typeof topicHeat>[];
}

/** A map of lists (rows) against the features of one SAE (columns). */
export interface SaeMap {
  readonly saeId: string;
  readonly cells: readonly Cell[];
  /** `sample_id` of every list, in the order of the rows. */
  readonly samples: readonly string[];
  /** By `sample_id`. */
  readonly topicOf: ReadonlyMap<string, string>;
}

/** Divide each feature's cells by their maximum, average them by topic, and cluster both axes. */
export function mapSae({ saeId, cells, samples, topicOf }: SaeMap, out: MapTables): void {
  const byFeature = [...Map.groupBy(cells, ({ feature }) => feature)].sort(([a], [b]) => a - b);
  if (byFeature.length === 0) return;
  const samplesByTopic = Map.groupBy(samples, (sample) => topicOf.get(sample)!);
  const columns = byFeature.map(([feature, featureCells]) => {
    const scaled = scaleToMaximum(featureCells);
    for (const [sample_id, value] of scaled)
      out.cells.push({ sae_id: saeId, sample_id, feature, value });
    for (const [topic, topicSamples] of samplesByTopic) {
      const sum = topicSamples.reduce((total, sample) => total + (scaled.get(sample) ?? 0), 0);
      out.heat.push({ sae_id: saeId, feature, topic, value: sum / topicSamples.length });
    }
    return samples.map((sample) => scaled.get(sample) ?? 0);
  });
  const rows = samples.map((_, i) => columns.map((column) => column[i]!));
  const featureIds = byFeature.map(([feature]) => featureId(saeId, feature));
  clusterAxis({ saeId, axis: 'feature', names: featureIds, points: columns }, out);
  clusterAxis({ saeId, axis: 'sample', names: samples, points: rows }, out);
}

/** The values of one feature by `sample_id`, the largest 1. */
function scaleToMaximum(cells: readonly Cell[]): Map<string, number> {
  const maximum = Math.max(...cells.map(({ value }) => value));
  return new Map(cells.map(({ sample_id, value }) => [sample_id, value / maximum]));
}

interface MapAxis {
  readonly saeId: string;
  readonly axis: Axis;
  readonly names: readonly string[];
  /** [name][value] */
  readonly points: readonly (readonly number[])[];
}

/** Cluster one axis by average linkage and append its leaf order and its dendrogram. */
function clusterAxis({ saeId, axis, names, points }: MapAxis, out: MapTables): void {
  const tree = linkage(points, 'average');
  const { merges, leaves } = tree;
  const brackets = dendrogram(tree);
  leaves.forEach((leaf, leaf_order) => {
    out.maps.push({ sae_id: saeId, axis, leaf, name: names[leaf]!, leaf_order });
  });
  merges.forEach((merge, i) => {
    const { left, right, leftHeight, rightHeight } = brackets[i]!;
    out.merges.push({
      sae_id: saeId,
      axis,
      cluster: names.length + i,
      ...merge,
      left_place: left,
      right_place: right,
      left_height: leftHeight,
      right_height: rightHeight,
    });
  });
}
