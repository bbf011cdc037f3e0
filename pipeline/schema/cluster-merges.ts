import { axis } from './cluster-columns.ts';
import { saeId } from './shared-columns.ts';
import { integer, real, table } from './table.ts';

export const clusterMerges = table(
  'cluster_merges',
  'one merge in a cluster tree of an SAE’s map',
  {
    sae_id: saeId,
    axis,
    cluster: integer('number of the new cluster; the leaves have the numbers before'),
    left: integer('the smaller of the numbers of the two merged clusters'),
    right: integer('the larger of these numbers'),
    height: real('distance at which the clusters merge'),
    size: integer('number of leaves in the new cluster'),
    left_place: real(
      'horizontal coordinate of the left leg of the drawn merge; leaves are at 0, 1, …',
    ),
    right_place: real('horizontal coordinate of its right leg'),
    left_height: real('height of the merged cluster under the left leg; 0 for a leaf'),
    right_height: real('height of the merged cluster under the right leg; 0 for a leaf'),
  },
);
