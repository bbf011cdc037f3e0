import { saeId } from './shared-columns.ts';
import { integer, real, table, text } from './table.ts';

export const clusterCells = table('cluster_cells', 'one cell of an SAE’s map that is not 0', {
  sae_id: saeId,
  sample_id: text('the list'),
  feature: integer('feature of the SAE'),
  value: real('greatest activation in the list, as a share of the feature’s greatest in any'),
});
