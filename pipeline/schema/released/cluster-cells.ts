import { clusterCells as cellColumns } from '../cluster-cells.ts';
import { real, table } from '../table.ts';

/** As of any study, but that no activations were released. */
export const clusterCells = table('cluster_cells', cellColumns.row, {
  ...cellColumns.columns,
  value: real(
    'tuples of the feature in the list, as a share of the most that it has in any: the author’s map counts tuples, as no activations were kept',
  ),
});
