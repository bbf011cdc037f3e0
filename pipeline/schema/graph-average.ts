import { integer, nullable, type Row, real, table, text } from './table.ts';

const averageNode = (meaning: string) =>
  text(
    `${meaning}: a feature’s id and place (tc_3_21@the word), error_LAYER@PLACE, token@PLACE, or the target’s name`,
  );

export const graphAverageNodes = table(
  'graph_average_nodes',
  'one node of the graph that is averaged over lists: a feature, an error or a token at one place, or the target',
  {
    node_id: averageNode('id of the node'),
    kind: text('feature, error, embedding or target'),
    layer: integer('layer; −1 for tokens, the number of layers for the target'),
    place: text('the place of the position that other lists have, too'),
    feature_id: nullable(text('id of the feature; null for other nodes')),
    share_lists: real('share of the lists in whose pruned graph it is'),
    influence: real('its influence, summed over the place’s positions; mean over all lists'),
    effect: real(
      'what p_end − p_again falls by, by the graph, if it is set to 0; mean over all lists',
      'probability',
    ),
    ci_low: real('lower end of the effect’s confidence interval, over topics', 'probability'),
    ci_high: real('upper end of the effect’s confidence interval', 'probability'),
    n_tests: integer('how often it was set to 0 at one position of one list'),
    test_predicted: nullable(
      real('change of p_end − p_again in these tests by the graphs, mean', 'probability'),
    ),
    test_measured: nullable(real('the change that was measured in them, mean', 'probability')),
    n: integer('lists', 'lists'),
  },
);

export type GraphAverageNodeRow = Row<typeof graphAverageNodes>;

export const graphAverageEdges = table(
  'graph_average_edges',
  'one edge of the graph that is averaged over lists',
  {
    source: averageNode('node that the edge comes from'),
    target: averageNode('node that it leads to'),
    share_lists: real('share of the lists in whose pruned graph it is'),
    share: real(
      'its share of the target’s inputs, with its sign; mean over the lists that have it',
    ),
    influence: real('share times the target’s influence; mean over all lists'),
    n: integer('lists', 'lists'),
  },
);

export type GraphAverageEdgeRow = Row<typeof graphAverageEdges>;
