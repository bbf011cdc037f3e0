import { axis } from './cluster-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const clusterMerges = table('cluster_merges', 'one merge of a tree over an SAE’s map', {
  sae_id: saeId,
  axis,
  cluster: integer('number of the new cluster; leaves come before'),
  left: integer('the smaller of the two clusters merged'),
  right: integer('the larger'),
  height: real('distance at which they merge'),
  size: integer('leaves in the new cluster'),
  left_place: real('where the first of its legs is drawn: places of leaves, from 0'),
  right_place: real('where the second is drawn'),
  left_height: real('height of the cluster below the first leg, 0 for a leaf'),
  right_height: real('height of the cluster below the second'),
});
