import { MAPPED_PROXY } from '../lists/proxies.ts';
import { clusterCells } from '../schema/cluster-cells.ts';
import { clusterMaps } from '../schema/cluster-maps.ts';
import { clusterMerges } from '../schema/cluster-merges.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import type { Row } from '../schema/table.ts';
import { topicHeat } from '../schema/topic-heat.ts';
import { type Cell, type MapRows, mapSae } from './cluster/map-sae.ts';
import { defineStage } from './define.ts';
import { topicsById } from './lists-by-id.ts';

type Attributed = Row<typeof featureAttributions>;

/**
 * Map lists against features: the greatest activation of each feature in each list where it is among the most
 * attributed, 0 elsewhere, as a share of its greatest in any. Both sides are clustered by average linkage.
 */
export const clusterStage = defineStage({
  name: '7-cluster',
  source: import.meta.url,
  settings: ['saes'],
  needs: [],
  reads: [completions, featureAttributions],
  writes: [clusterMaps, clusterMerges, clusterCells, topicHeat],

  async run({ study, read, write, progress }) {
    const topicOf = topicsById(await read(completions));
    const rows = (await read(featureAttributions)).filter(({ metric }) => metric === MAPPED_PROXY);
    const samples = [...new Set(rows.map(({ sample_id }) => sample_id))];
    const out: MapRows = { maps: [], merges: [], cells: [], heat: [] };
    const bySae = Map.groupBy(rows, ({ sae_id }) => sae_id);
    for (const [i, id] of study.saes.ids.entries()) {
      const cells = (bySae.get(id) ?? []).map(cellOf);
      mapSae({ saeId: id, cells, samples, topicOf }, out);
      progress(i + 1, study.saes.ids.length, 'SAEs');
    }
    write(clusterMaps, out.maps);
    write(clusterMerges, out.merges);
    write(clusterCells, out.cells);
    write(topicHeat, out.heat);
  },
});

const cellOf = ({ sample_id, feature, max_act }: Attributed): Cell => ({
  sample_id,
  feature,
  value: max_act,
});
