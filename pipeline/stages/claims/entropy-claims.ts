import type { TemplateName } from '../../schema/templates.ts';
import { claim } from './claim.ts';
import type { Estimator } from './estimator.ts';
import { number } from './numbers.ts';
import { LISTS, normal, topics, type World } from './simulation.ts';
import { itemsIn, mainLists, type StudyTables } from './tables.ts';
import { all, exceeds, given, type Interval, ofAll, staysBelow } from './verdict.ts';

const SECTION = 'Entropy analysis';
/** The smallest rise of entropy that would count, in nats. */
const LEAST_RISE = 0.1;
/** The smallest that would be called a little. */
const LITTLE = 0.05;
const RISE = { beyond: 0, size: LEAST_RISE };

/** How the entropy after items changes along a list: first item to last but one, from there to the last, in nats. */
interface Rises {
  readonly before: Interval;
  readonly last: Interval;
  /** From the first item to the last. */
  readonly whole: Interval;
  /** The rise at the last item, less that before it. */
  readonly excess: Interval;
}

/** One list’s two rises. */
interface ListRises {
  readonly topic: string;
  readonly before: number;
  readonly last: number;
}

const PAIRED = 'Entropy after the first item, the last but one and the last, paired in each list';
const SIZE = `A rise holds where its interval lies above 0, and does not where it includes 0 and lies below ${LEAST_RISE} nats`;

/** What it says of the entropy along a list. */
export const ENTROPY_CLAIMS = [
  riseClaim({
    id: 'entropy-short',
    template: 'short',
    condition: 'clean',
    claim:
      'Under its own prompt a short list’s entropy rises over the items, and a little more at the last.',
    test: `${PAIRED}. It holds where it rises before the last item and again at the last, in part where only one of them. ${SIZE}, at the last item ${LITTLE}`,
    judge: ({ before, last }) =>
      all([exceeds(before, RISE), exceeds(last, { beyond: 0, size: LITTLE })]),
    truth: { before: 0.3, last: 0.1 },
  }),
  spikeClaim({
    id: 'entropy-short-corrupted',
    template: 'short',
    claim: 'Under the other prompt a short list’s entropy rises at the last item only.',
  }),
  riseClaim({
    id: 'entropy-long',
    template: 'long',
    condition: 'clean',
    claim: 'Under its own prompt a long list’s entropy rises gradually.',
    test: `${PAIRED}. It holds where it rises from first to last, and less at the last item than before it; in part where it rises, but most at the last. ${SIZE}`,
    judge: ({ whole, excess }) => given(exceeds(whole, RISE), [staysBelow(excess, 0)]),
    truth: { before: 0.3, last: 0.02 },
  }),
  spikeClaim({
    id: 'entropy-long-corrupted',
    template: 'long',
    claim: 'Under the other prompt a long list’s entropy spikes at its last item.',
  }),
  claim({
    id: 'entropy-one-place',
    section: SECTION,
    claim: 'The entropy is read at one kind of position, the items.',
    test: 'Short lists in which no blank moves the last reading elsewhere. It holds where all are, in part where any is',
    inRelease: (tables) => {
      const last = itemsIn(tables, mainLists(tables, 'short')).filter(
        ({ item }) => item.items_from_end === 0,
      );
      return { n: last.filter(({ item }) => !item.blank_after).length, of: last.length };
    },
    judge: (count) => (2 * count.n > count.of ? ofAll(count) : 'does not hold'),
    value: ({ n, of }) => `the last reading is of another kind in ${of - n} of ${of} lists`,
    simulated: {
      true: { words: 'no list has a blank', draw: () => ({ n: 115, of: 115 }) },
      false: { words: 'nine lists in ten have', draw: () => ({ n: 11, of: 115 }) },
    },
  }),
];

interface RiseClaim {
  readonly id: string;
  readonly template: TemplateName;
  readonly condition: 'clean' | 'corrupted';
  readonly claim: string;
  readonly test: string;
  readonly judge: Parameters<typeof claim<Rises>>[0]['judge'];
  /** Rises of the simulated lists where the claim is true, in nats. */
  readonly truth: { readonly before: number; readonly last: number };
}

function riseClaim({ id, template, condition, truth, ...words }: RiseClaim) {
  const world = (world: World, mean: { before: number; last: number }) =>
    risesOf(simulatedRises(world, mean), world.estimate, id);
  return claim({
    id,
    section: SECTION,
    claim: words.claim,
    test: words.test,
    inStudy: (tables, estimate) => risesOf(listRises(tables, template, condition), estimate, id),
    judge: words.judge,
    value: ({ before, last, excess }) =>
      `${number(before)} nats before the last item, ${number(last)} at the last; ${number(excess)} more there`,
    simulated: {
      true: {
        words: `a rise of ${truth.before} nats before the last item and ${truth.last} at it`,
        draw: (drawn) => world(drawn, truth),
      },
      false: { words: 'no rise anywhere', draw: (drawn) => world(drawn, { before: 0, last: 0 }) },
    },
  });
}

/** A rise at the last item, and none like it before. */
function spikeClaim(words: Pick<RiseClaim, 'id' | 'template' | 'claim'>) {
  return riseClaim({
    ...words,
    condition: 'corrupted',
    test: `${PAIRED}. It holds where it rises at the last item, and more than in all the items before; in part where it rises there, but more is not shown. ${SIZE}`,
    judge: ({ last, excess }) => given(exceeds(last, RISE), [exceeds(excess, { beyond: 0 })]),
    truth: { before: 0, last: 0.13 },
  });
}

/** Of each list of three items or more that ended. */
function listRises(
  tables: StudyTables,
  template: TemplateName,
  condition: 'clean' | 'corrupted',
): ListRises[] {
  const topicOf = new Map(
    mainLists(tables, template).map(({ sample_id, topic }) => [sample_id, topic]),
  );
  const rows = tables.entropy.filter(
    (row) =>
      row.condition === condition && row.position_kind === 'item' && topicOf.has(row.sample_id),
  );
  return [...Map.groupBy(rows, ({ sample_id }) => sample_id)].flatMap(([sample, of]) => {
    const at = (fromEnd: number) => of.find(({ items_from_end }) => items_from_end === fromEnd);
    const [first, before, last] = [of.find(({ item_index }) => item_index === 0), at(1), at(0)];
    const topic = topicOf.get(sample);
    if (!first || !before || !last || before === first || topic === undefined) return [];
    return [{ topic, before: before.entropy - first.entropy, last: last.entropy - before.entropy }];
  });
}

function risesOf(lists: readonly ListRises[], estimate: Estimator, key: string): Rises | null {
  const mean = (value: (list: ListRises) => number, of: string) =>
    estimate.mean(
      lists.map((list) => ({ cluster: list.topic, value: value(list) })),
      `${key} ${of}`,
    );
  const before = mean((list) => list.before, 'before');
  const last = mean((list) => list.last, 'last');
  const whole = mean((list) => list.before + list.last, 'whole');
  const excess = mean((list) => list.last - list.before, 'excess');
  return before && last && whole && excess && { before, last, whole, excess };
}

/** Entropies with standard deviations of 0.1 nats between topics and 0.2 between places of a list. */
const simulatedRises = (
  { random }: World,
  { before, last }: { readonly before: number; readonly last: number },
): ListRises[] =>
  topics().flatMap((topic) => {
    const ofTopic = [0.1 * normal(random), 0.1 * normal(random)] as const;
    return Array.from({ length: LISTS }, () => {
      const [a, b, c] = [normal(random), normal(random), normal(random)].map((x) => 0.2 * x);
      return {
        topic,
        before: before + ofTopic[0] + b! - a!,
        last: last + ofTopic[1] + c! - b!,
      };
    });
  });
