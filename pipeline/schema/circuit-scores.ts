import { sampleId } from './shared-columns.ts';
import { integer, type Row, real, table } from './table.ts';

export const circuitScores = table(
  'circuit_scores',
  'the attribution graph of one list’s last decision: how much of it features explain',
  {
    sample_id: sampleId,
    n_tokens: integer('tokens up to the list’s last item', 'tokens'),
    p_end: real('probability that the list ends after its last item'),
    p_again: real('probability that another item follows'),
    n_active: integer('active features at counted positions, of all layers', 'features'),
    n_explored: integer(
      'features whose inputs were computed, those with enough influence',
      'features',
    ),
    n_nodes: integer('nodes of the pruned graph'),
    n_edges: integer('edges of the pruned graph'),
    replacement: real(
      'replacement score: influence of tokens, as a share of that of tokens and errors',
    ),
    completeness: real(
      'completeness score: share of the inputs of explored nodes, weighed by their influence, that is not errors',
    ),
    replacement_of_logits: real(
      'replacement score of the graph of the likeliest next tokens’ logits, as other tools draw it',
    ),
    completeness_of_logits: real('its completeness score'),
    unexplored: real('influence of active features that were not explored; it counts as error'),
  },
);

export type CircuitScoresRow = Row<typeof circuitScores>;
