import { keyedRandom } from '../../stats/random.ts';
import { shuffled } from './controls.ts';
import type { Target } from './target.ts';

/** Half of the topics, on whose lists features are chosen, and the lists of the others, on which they are tested. */
export interface Split {
  readonly index: number;
  readonly chosenOn: readonly Target[];
  readonly testedOn: readonly Target[];
}

/** Halves of the topics, drawn at random so many times; no list is in both halves. */
export function splitTopics(targets: readonly Target[], n: number, seed: number): Split[] {
  const topics = [...new Set(targets.map(({ list }) => list.topic))].sort();
  return Array.from({ length: n }, (_, index) => {
    const order = shuffled(topics, keyedRandom(seed, `split of topics ${index}`));
    const chosen = new Set(order.slice(0, Math.floor(order.length / 2)));
    const isChosen = ({ list }: Target) => chosen.has(list.topic);
    return {
      index,
      chosenOn: targets.filter(isChosen),
      testedOn: targets.filter((target) => !isChosen(target)),
    };
  });
}
