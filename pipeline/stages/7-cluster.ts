import { clusterCells } from '../schema/cluster-cells.ts';
import { clusterMaps } from '../schema/cluster-maps.ts';
import { clusterMerges } from '../schema/cluster-merges.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import type { Row } from '../schema/table.ts';
import { topicHeat } from '../schema/topic-heat.ts';
import { type Cell, type MapTables, mapSae } from './cluster/map-sae.ts';
import { defineStage } from './define.ts';
import { readMappedAttributions } from './mapped-attributions.ts';

/**
 * Map lists against features. A cell is the feature's maximum activation in a list where the feature is among the most
 * attributed, else 0, divided by its maximum over all lists. Both axes are clustered by average linkage.
 */
export const clusterStage = defineStage({
  name: '7-cluster',
  source: import.meta.url,
  settings: ['saes'],
  needs: [],
  reads: [completions, featureAttributions],
  writes: [clusterMaps, clusterMerges, clusterCells, topicHeat],

  async run({ study, read, write, progress }) {
    const { rowsOf, samples, topicOf } = await readMappedAttributions(read);
    const out: MapTables = { maps: [], merges: [], cells: [], heat: [] };
    for (const [i, saeId] of study.saes.ids.entries()) {
      const cells = (rowsOf.get(saeId) ?? []).map(cellOf);
      mapSae({ saeId, cells, samples, topicOf }, out);
      progress(i + 1, study.saes.ids.length, 'SAEs');
    }
    write(clusterMaps, out.maps);
    write(clusterMerges, out.merges);
    write(clusterCells, out.cells);
    write(topicHeat, out.heat);
  },
});

const cellOf = ({ sample_id, feature, max_act }: Row<typeof featureAttributions>): Cell => ({
  sample_id,
  feature,
  value: max_act,
});
