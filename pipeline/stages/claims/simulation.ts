import type { Estimator, Observation } from './estimator.ts';

/** What the simulated lists are of: as the write-up's, so many topics and lists of each. */
export const TOPICS = 23;
export const LISTS = 5;

/** One simulated world: random draws, and the estimator that judges it. */
export interface World {
  /** Uniform draws on [0, 1). */
  readonly random: () => number;
  readonly estimate: Estimator;
}

/** How the values of simulated lists are drawn: a mean, and the standard deviations of topics and of lists of one topic. */
export interface Spread {
  readonly mean: number;
  readonly between: number;
  readonly within: number;
}

/** One value for each simulated list. @param each as many values a list, one where left out */
export const lists = (
  { random }: World,
  { mean, between, within }: Spread,
  each = 1,
): Observation[] =>
  topics().flatMap((cluster) => {
    const ofTopic = mean + between * normal(random);
    return Array.from({ length: LISTS * each }, () => ({
      cluster,
      value: ofTopic + within * normal(random),
    }));
  });

/** Whether something is so of each simulated list. @param share by topic */
export const flags = (
  { random }: World,
  share: (topic: number) => number,
  each = 1,
): Observation[] =>
  topics().flatMap((cluster, topic) => {
    const p = share(topic);
    return Array.from({ length: LISTS * each }, () => ({
      cluster,
      value: Number(random() < p),
    }));
  });

export const topics = (): string[] => Array.from({ length: TOPICS }, (_, i) => `topic ${i}`);

/** A standard normal draw (Box & Muller). */
export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Index of one of several things, drawn uniformly. */
export const pick = (random: () => number, n: number): number => Math.floor(random() * n);
