import { nodeId } from './circuit-columns.ts';
import { sampleId } from './shared-columns.ts';
import { flag, integer, nullable, oneOf, type Row, real, table, text } from './table.ts';

export const NODE_KINDS = ['feature', 'error', 'embedding', 'target'] as const;

export const graphNodes = table(
  'graph_nodes',
  'one node of the attribution graph of one list’s last decision, or one random active feature that was tested beside it',
  {
    sample_id: sampleId,
    node_id: nodeId('id of the node within its graph'),
    kind: oneOf(
      NODE_KINDS,
      'feature: of a transcoder, at one position; error: what a transcoder leaves of an MLP’s output; embedding: a token; target: p_end − p_again after the list’s last item',
    ),
    layer: integer('layer; −1 for embedded tokens, the number of layers for the target'),
    pos: integer('position in the sequence of prompt and list, from 0'),
    token: text('token at this position'),
    place: text('the place of the position that other lists have, too, such as the word'),
    feature_id: nullable(text('id of the feature, such as tc_3_21; null for other nodes')),
    activation: nullable(real('activation of the feature; null for other nodes')),
    in_graph: flag(
      'whether it is in the pruned graph; else it is a random feature that was tested',
    ),
    influence: real(
      'share of the target’s inputs, by magnitude and along every path, that flows through the node',
    ),
    predicted: real(
      'change of p_end − p_again that the graph predicts if the node is set to 0: minus the sum over all paths of the product of their edges, with the slope of p_end − p_again at the list as it is',
      'probability',
    ),
    measured: nullable(
      real(
        'change of p_end − p_again when the node is set to 0 at its position and everything after it is free to change; null where it was not tested',
        'probability',
      ),
    ),
    measured_attention_held: nullable(
      real(
        'the same with the attention patterns held at those of the list as it is, as the graph takes them',
        'probability',
      ),
    ),
  },
);

export type GraphNodeRow = Row<typeof graphNodes>;
