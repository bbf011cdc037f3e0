import { axis } from './cluster-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, table, text } from './table.ts';

export const clusterMaps = table('cluster_maps', 'one leaf of a cluster tree of an SAE’s map', {
  sae_id: saeId,
  axis,
  leaf: integer('number of the leaf in the tree, from 0'),
  name: text('the list or the feature'),
  leaf_order: integer('horizontal coordinate at which the leaf is drawn, from 0'),
});
