import { saeId } from './shared-columns.ts';
import { integer, type Row, real, table, text } from './table.ts';

export const circuitWordFeatures = table(
  'circuit_word_features',
  'one feature at one place, among those through which the prompt’s word reaches the last decision, over all traced lists',
  {
    feature_id: text('id of the feature, such as tc_3_21'),
    sae_id: saeId,
    layer: integer('layer of its transcoder'),
    place: text('the place of its position that other lists have, too, such as the word'),
    carried: real(
      'difference of its activation between the list’s own run and that with the other word, times its effect for a unit in the list’s graph, summed over the place’s positions; mean over all lists, those where it does not differ included',
      'probability',
    ),
    ci_low: real('lower end of its confidence interval, over topics', 'probability'),
    ci_high: real('upper end of its confidence interval', 'probability'),
    own_activation: real(
      'its greatest activation at the place in the list’s own run, mean over the lists where it differs',
    ),
    other_activation: real('the same in the run with the other word'),
    share_lists: real('share of the lists in which it differs'),
    n: integer('lists', 'lists'),
  },
);

export type CircuitWordFeatureRow = Row<typeof circuitWordFeatures>;
