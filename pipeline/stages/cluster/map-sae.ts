import { featureId } from '../../sae/sae.ts';
import type { clusterCells } from '../../schema/cluster-cells.ts';
import type { Axis } from '../../schema/cluster-columns.ts';
import type { clusterMaps } from '../../schema/cluster-maps.ts';
import type { clusterMerges } from '../../schema/cluster-merges.ts';
import type { Row } from '../../schema/table.ts';
import type { topicHeat } from '../../schema/topic-heat.ts';
import { dendrogram } from '../../stats/dendrogram.ts';
import { linkage } from '../../stats/linkage.ts';

/** One feature in one list; 0 where there is none. */
export interface Cell {
  readonly sample_id: string;
  readonly feature: number;
  readonly value: number;
}

/** Rows of the tables of maps. */
export interface MapRows {
  readonly maps: Row<typeof clusterMaps>[];
  readonly merges: Row<typeof clusterMerges>[];
  readonly cells: Row<typeof clusterCells>[];
  readonly heat: Row<typeof topicHeat>[];
}

/** The map of one SAE: its cells, and the lists that are its other side. */
export interface SaeMap {
  readonly saeId: string;
  readonly cells: readonly Cell[];
  readonly samples: readonly string[];
  /** By list. */
  readonly topicOf: ReadonlyMap<string, string>;
}

/** Map one SAE's cells, each as a share of its feature's greatest, and cluster both sides. */
export function mapSae({ saeId: id, cells: rows, samples, topicOf }: SaeMap, out: MapRows): void {
  const byFeature = [...Map.groupBy(rows, ({ feature }) => feature)].sort(([a], [b]) => a - b);
  if (byFeature.length === 0) return;
  const listsOf = Map.groupBy(samples, (sample) => topicOf.get(sample)!);
  const columns = byFeature.map(([feature, of]) => {
    const greatest = Math.max(...of.map(({ value }) => value));
    const cells = new Map(of.map(({ sample_id, value }) => [sample_id, value / greatest]));
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
  cluster({ id, axis: 'feature', names, points: columns }, out);
  cluster({ id, axis: 'sample', names: samples, points: lines }, out);
}

interface Side {
  readonly id: string;
  readonly axis: Axis;
  readonly names: readonly string[];
  readonly points: readonly (readonly number[])[];
}

function cluster({ id, axis, names, points }: Side, out: MapRows): void {
  const tree = linkage(points, 'average');
  const { merges, leaves } = tree;
  const brackets = dendrogram(tree);
  leaves.forEach((leaf, leaf_order) => {
    out.maps.push({ sae_id: id, axis, leaf, name: names[leaf]!, leaf_order });
  });
  merges.forEach((merge, i) => {
    const { left, right, leftHeight, rightHeight } = brackets[i]!;
    out.merges.push({
      sae_id: id,
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
