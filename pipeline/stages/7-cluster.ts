import { featureId } from '../sae/sae.ts';
import { clusterCells } from '../schema/cluster-cells.ts';
import type { Axis } from '../schema/cluster-columns.ts';
import { clusterMaps } from '../schema/cluster-maps.ts';
import { clusterMerges } from '../schema/cluster-merges.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import type { Row } from '../schema/table.ts';
import { topicHeat } from '../schema/topic-heat.ts';
import { dendrogram } from '../stats/dendrogram.ts';
import { linkage } from '../stats/linkage.ts';
import { MAPPED_METRIC } from './6-attribute.ts';
import { defineStage } from './stage.ts';

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
  writes: [clusterMaps, clusterMerges, clusterCells, topicHeat],

  async run({ study, read, write, progress }) {
    const topicOf = new Map((await read(completions)).map((list) => [list.sample_id, list.topic]));
    const rows = (await read(featureAttributions)).filter(({ metric }) => metric === MAPPED_METRIC);
    const samples = [...new Set(rows.map(({ sample_id }) => sample_id))];
    const out: Tables = { maps: [], merges: [], cells: [], heat: [] };
    const bySae = Map.groupBy(rows, ({ sae_id }) => sae_id);
    for (const [i, id] of study.saes.ids.entries()) {
      mapSae(id, (bySae.get(id) ?? []).map(cellOf), samples, topicOf, out);
      progress(i + 1, study.saes.ids.length, 'SAEs');
    }
    write(clusterMaps, out.maps);
    write(clusterMerges, out.merges);
    write(clusterCells, out.cells);
    write(topicHeat, out.heat);
  },
});

/** One feature in one list; 0 where there is none. */
export interface Cell {
  readonly sample_id: string;
  readonly feature: number;
  readonly value: number;
}

const cellOf = ({ sample_id, feature, max_act }: Attributed): Cell => ({
  sample_id,
  feature,
  value: max_act,
});

export interface Tables {
  readonly maps: Row<typeof clusterMaps>[];
  readonly merges: Row<typeof clusterMerges>[];
  readonly cells: Row<typeof clusterCells>[];
  readonly heat: Row<typeof topicHeat>[];
}

/** Map one SAE's cells, each as a share of its feature's greatest, and cluster both sides. */
export function mapSae(
  id: string,
  rows: readonly Cell[],
  samples: readonly string[],
  topicOf: ReadonlyMap<string, string>,
  out: Tables,
): void {
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
  cluster(id, 'feature', names, columns, out);
  cluster(id, 'sample', samples, lines, out);
}

function cluster(
  id: string,
  axis: Axis,
  names: readonly string[],
  points: readonly (readonly number[])[],
  out: Tables,
): void {
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
