import { activationUses } from '../interp/feature-activations.ts';
import { clusterCells } from '../schema/cluster-cells.ts';
import { clusterMaps } from '../schema/cluster-maps.ts';
import { clusterMerges } from '../schema/cluster-merges.ts';
import { completions } from '../schema/completions.ts';
import { featureAttributions } from '../schema/feature-attributions.ts';
import { topicHeat } from '../schema/topic-heat.ts';
import { activeCells } from './cluster/active-cells.ts';
import { type MapTables, mapSae } from './cluster/map-sae.ts';
import { defineStage } from './define.ts';
import { listCounts, longestOf } from './extent.ts';
import { listsById } from './lists-by-id.ts';
import { readMappedAttributions } from './mapped-attributions.ts';
import { readerOf } from './reader.ts';

/**
 * Map lists against features. The features are those among the most attributed of any list; a cell is a feature's greatest
 * activation in a list, attributed there or not, divided by its greatest over all lists. Both axes are clustered by average
 * linkage.
 */
export const clusterStage = defineStage({
  name: '7-cluster',
  source: import.meta.url,
  settings: ['batchSize', 'attribution'],
  needs: ['model', 'saes'],
  reads: [completions, featureAttributions],
  writes: [clusterMaps, clusterMerges, clusterCells, topicHeat],

  graphs: ({ study, model, saes, longest, lists }) => {
    const { templates } = study.attribution;
    const sequences = listCounts(templates, lists).all;
    return activationUses(model, saes, { tokens: longestOf(templates, longest), sequences });
  },

  async run(context) {
    const { saes, read, write, progress } = context;
    const { rowsOf, samples, topicOf } = await readMappedAttributions(context);
    const byId = listsById(await read(completions));
    const mapped = saes.flatMap((sae) => {
      const features = new Set(rowsOf.get(sae.id)?.map(({ feature }) => feature));
      return features.size === 0 ? [] : [{ sae, features: [...features].sort((a, b) => a - b) }];
    });
    const lists = samples.map((sample_id) => ({ sample_id, ids: byId.get(sample_id)!.token_ids }));
    const total = lists.length + mapped.length;
    const cellsOf = await activeCells(readerOf(context), mapped, lists, (done) =>
      progress(done, total, 'lists and maps'),
    );
    const out: MapTables = { maps: [], merges: [], cells: [], heat: [] };
    for (const [i, { sae }] of mapped.entries()) {
      mapSae({ saeId: sae.id, cells: cellsOf.get(sae.id)!, samples, topicOf }, out);
      progress(lists.length + i + 1, total, 'lists and maps');
    }
    write(clusterMaps, out.maps);
    write(clusterMerges, out.merges);
    write(clusterCells, out.cells);
    write(topicHeat, out.heat);
  },
});
