import type { Covered } from '../../schema/coverage.ts';

/** Uniform draws on [0, 1). */
type Random = () => number;

/** Items after which the lists of a hazard are cut. */
const LIMIT = 30;

/**
 * A topic of a simulated population. Each list gives its values: one, or one an item. Of a hazard difference it gives the
 * ends and items of the two lists that are compared.
 */
export interface SimulatedTopic {
  /** The topic's own true value. */
  readonly truth: number;
  readonly list: (random: Random) => readonly number[];
}

export interface Population {
  readonly quantity: Covered;
  readonly kind: 'mean' | 'share' | 'hazard difference';
  /** The true value over all topics. */
  readonly truth: number;
  readonly topic: (random: Random) => SimulatedTopic;
}

/**
 * The quantities that a study's tables hold, as populations whose true value follows from their definition. Skewness,
 * shares of zeros and differences between topics are about those of the miniature's ablations.
 */
export const POPULATIONS: readonly Population[] = [
  {
    quantity: 'items_added',
    kind: 'mean',
    truth: 2.5,
    topic: (random) => skewedTopic(2.5 * (0.5 + random())),
  },
  {
    quantity: 'items_added_to_few',
    kind: 'mean',
    truth: 2 * (0.05 + 0.05 + 0.3) * (1 / 3),
    topic: (random) => fewTopic(oneOf([0.05, 0.05, 0.3], random)),
  },
  {
    quantity: 'topic_effect',
    kind: 'mean',
    truth: 1.5,
    topic: (random) => normalTopic(1.5 + normal(random), 0.7),
  },
  {
    quantity: 'share_difference',
    kind: 'mean',
    truth: -(0.04 + 0.04 + 0.25) / 3 + 0.02,
    topic: (random) => changeTopic(oneOf([0.04, 0.04, 0.25], random), 0.02),
  },
  hazardPopulation([0.1, 0.15, 0.2], 0.5),
  sharePopulation('share_near_1', [1, 1, 1, 1, 1, 0.82]),
  sharePopulation('share_rare', [0.02, 0.02, 0.02, 0.02, 0.17]),
  sharePopulation('share_near_half', [0.2, 0.5, 0.8]),
  sharePopulation('share_of_items', [1, 1, 1, 0.94, 0.86], 6),
];

/** Differences that are never negative, with a long tail: a gamma distribution of shape 2. */
const skewedTopic = (mean: number): SimulatedTopic => ({
  truth: mean,
  list: (random) => [(mean / 2) * (exponential(random) + exponential(random))],
});

/** A list is longer with the given probability, then by two items on average. */
const fewTopic = (probability: number): SimulatedTopic => ({
  truth: 2 * probability,
  list: (random) => [random() < probability ? 1 + exponential(random) : 0],
});

const normalTopic = (mean: number, deviation: number): SimulatedTopic => ({
  truth: mean,
  list: (random) => [mean + deviation * normal(random)],
});

/** An outcome of 0 or 1 that an edit takes away or brings about, with these probabilities. */
const changeTopic = (away: number, about: number): SimulatedTopic => ({
  truth: about - away,
  list: (random) => {
    const u = random();
    return [u < away ? -1 : u < away + about ? 1 : 0];
  },
});

/** @param items values of one list */
function sharePopulation(quantity: Covered, shares: readonly number[], items = 1): Population {
  const topic = (share: number): SimulatedTopic => ({
    truth: share,
    list: (random) => Array.from({ length: items }, () => Number(random() < share)),
  });
  const truth = shares.reduce((a, b) => a + b, 0) / shares.length;
  return { quantity, kind: 'share', truth, topic: (random) => topic(oneOf(shares, random)) };
}

/**
 * A list ends after each item with its topic's probability, up to the limit; an edit multiplies the probability.
 * Ends over items are then that probability, of one topic, and over topics their mean weighted by expected items.
 */
function hazardPopulation(hazards: readonly number[], factor: number): Population {
  const ratio = (times: number) => {
    const ends = hazards.map((hazard) => 1 - (1 - times * hazard) ** LIMIT);
    const items = ends.map((end, i) => end / (times * hazards[i]!));
    return ends.reduce((a, b) => a + b, 0) / items.reduce((a, b) => a + b, 0);
  };
  const topic = (hazard: number): SimulatedTopic => ({
    truth: factor * hazard - hazard,
    list: (random) => [...written(factor * hazard, random), ...written(hazard, random)],
  });
  return {
    quantity: 'hazard_difference',
    kind: 'hazard difference',
    truth: ratio(factor) - ratio(1),
    topic: (random) => topic(oneOf(hazards, random)),
  };
}

/** Whether a list ended, and its items. */
function written(hazard: number, random: Random): [ended: number, items: number] {
  const items = 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - hazard));
  return items > LIMIT ? [0, LIMIT] : [1, items];
}

const oneOf = (values: readonly number[], random: Random): number =>
  values[Math.floor(random() * values.length)]!;

const exponential = (random: Random): number => -Math.log(1 - random());

/** Source: Box & Muller (1958), Ann. Math. Stat. 29, 610–611. */
const normal = (random: Random): number =>
  Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random());
