import { nodeId } from './circuit-columns.ts';
import { sampleId } from './shared-columns.ts';
import { flag, nullable, type Row, real, table } from './table.ts';

export const graphEdges = table(
  'graph_edges',
  'one edge of the pruned attribution graph of one list’s last decision',
  {
    sample_id: sampleId,
    source: nodeId('node that the edge comes from'),
    target: nodeId('node that it leads to'),
    weight: real(
      'what the source adds to the input of the target’s encoder (of the target p_end − p_again: to its linear reading) on the direct paths, which pass no other MLP, with attention patterns and the factors of norms held',
    ),
    share: real('its magnitude, as a share of the sum over all sources of the target’s input'),
    influence: real('share times the target’s influence'),
    tested: flag(
      'whether the source’s contribution to this target was taken away and the change measured',
    ),
    predicted: nullable(
      real(
        'change of the target’s input if the source is taken away: minus the weight; null where it was not tested',
      ),
    ),
    measured: nullable(
      real(
        'change of the target’s input (of p_end − p_again itself, where that is the target) when the source is taken away, with the outputs of all other MLPs held and attention and norms computed anew; null where it was not tested',
      ),
    ),
  },
);

export type GraphEdgeRow = Row<typeof graphEdges>;
