import { flag, integer, oneOf, real, table } from './table.ts';

/** The simulated quantities; what each is stands in the dictionary. */
export const COVERED = [
  'items_added',
  'items_added_to_few',
  'topic_effect',
  'share_difference',
  'hazard_difference',
  'share_near_1',
  'share_rare',
  'share_near_half',
  'share_of_items',
] as const;
export type Covered = (typeof COVERED)[number];

export const ESTIMATORS = ['studentised', 'wilson', 'percentile'] as const;
export type Estimator = (typeof ESTIMATORS)[number];

export const coverage = table(
  'coverage',
  'how often one kind of interval holds the true value of one quantity, by simulation',
  {
    quantity: oneOf(
      COVERED,
      'items_added: skewed mean of a list’s added items. items_added_to_few: the same where most lists get none. topic_effect: mean of lists whose topics differ more than the lists of one topic. share_difference: mean difference between two outcomes of a list, mostly 0. hazard_difference: difference between two hazards of ending, each ends by items. share_near_1, share_rare, share_near_half: share of lists. share_of_items: share of items, near 1, of topics that differ',
    ),
    estimator: oneOf(
      ESTIMATORS,
      'studentised: the studentised cluster bootstrap, with few clusters Student’s t. wilson: Wilson’s interval with the clusters’ design effect. percentile: the percentile bootstrap',
    ),
    published: flag('whether the study’s intervals of such a quantity are of this kind'),
    n_topics: integer(
      'topics in each simulated study: clusters; with a single topic, the true value is that of the topic, and lists are the clusters',
    ),
    n_lists: integer('lists of each topic', 'lists'),
    level: real('confidence level: share of intervals that should hold the true value'),
    coverage: real('share of simulated intervals that hold the true value'),
    ci_low: real(
      'lower end of the interval of coverage, over simulations: Wilson’s, at the same level',
    ),
    ci_high: real('upper end of the interval of coverage'),
    mean_width: real('mean width of the intervals', 'unit of the quantity'),
    n: integer('number of simulated studies'),
  },
);
