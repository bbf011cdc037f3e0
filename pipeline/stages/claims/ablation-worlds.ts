import {
  distancesFrom,
  endedBySae,
  FIRST,
  loopsBySae,
  type OverRandom,
} from './ablation-estimates.ts';
import { flags, LISTS, lists, normal, topics, type World } from './simulation.ts';
import type { RewrittenList } from './tables.ts';

/** What zeroed features add over random ones: of seven SAEs the first adds so many items, the others none. */
export const zeroedWorld = (world: World, most: number): OverRandom[] =>
  Array.from({ length: 7 }, (_, i) => ({
    sae_id: `res_${i}`,
    items: lists(world, { mean: i === 0 ? most : 0, between: 0.7, within: 2 }),
    pAdjusted: null,
  }));

/** Lists of each of some SAEs that gain so many items on average, with standard deviations of topics and lists. */
export const continuedWorld = (
  { random }: World,
  gains: readonly number[],
  { between, within } = { between: 1, within: 2 },
): RewrittenList[] =>
  topics().flatMap((topic) => {
    const ofTopic = between * normal(random);
    return Array.from({ length: LISTS }, (_, i) =>
      gains.map((gain, sae) => ({
        sae_id: `res_${sae}`,
        sample_id: `${topic} ${i}`,
        topic,
        items: 8 + gain + ofTopic + within * normal(random),
        itemsBefore: 8,
        ended: true,
        loops: false,
      })),
    ).flat();
  });

/** Lists of seven SAEs, of which the first leaves an end in a share. */
export const endedWorld = (world: World, share: number) =>
  endedBySae(
    continuedWorld(world, [0, 0, 0, 0, 0, 0, 0]).map((list) => ({
      ...list,
      ended: list.sae_id !== FIRST || world.random() < share,
    })),
    world.estimate,
  );

/** Lists of seven SAEs, of which the first makes a share loop. */
export function loopsWorld(world: World, share: number) {
  const loops = new Map(
    flags(world, () => share).map(({ cluster, value }, i) => [`${cluster} ${i % LISTS}`, value]),
  );
  return loopsBySae(
    continuedWorld(world, [0, 0, 0, 0, 0, 0, 0]).map((list) => ({
      ...list,
      loops: list.sae_id === FIRST && loops.get(list.sample_id) === 1,
    })),
    world.estimate,
  );
}

export const distanceWorld = (world: World, items: readonly number[]) =>
  distancesFrom(
    continuedWorld(
      world,
      items.map((n) => n - 8),
    ),
    {
      long: world.estimate.mean(lists(world, { mean: 30, between: 2, within: 5 }), 'long'),
      plain: world.estimate.mean(lists(world, { mean: 10, between: 1, within: 2 }), 'plain'),
    },
    world.estimate,
  );
