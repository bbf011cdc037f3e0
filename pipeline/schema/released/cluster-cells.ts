import { clusterCells as cellColumns } from '../cluster-cells.ts';
import { real, table } from '../table.ts';

/** As for other studies, but activations were not released. */
export const clusterCells = table('cluster_cells', cellColumns.row, {
  ...cellColumns.columns,
  value: real(
    'number of the feature’s tuples in the list, divided by its largest number in any list: the author’s map counts tuples, because activations were not stored',
  ),
});
