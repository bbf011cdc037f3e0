import { saeId } from './shared-columns.ts';
import { integer, real, table, text } from './table.ts';

export const clusterCells = table(
  'cluster_cells',
  'one feature in one list in which it is active, a cell of an SAE’s cluster map; every other cell of the mapped features and lists is 0',
  {
    sae_id: saeId,
    sample_id: text('the list'),
    feature: integer('index of the feature in the SAE'),
    value: real(
      'greatest activation of the feature in the list, divided by its greatest in any list',
    ),
  },
);
