import { epsilonSquared, pairCorrelation } from '../released/audit/statistics.ts';
import { claim } from './claim.ts';
import type { Estimator, Observation } from './estimator.ts';
import { digits, number, share } from './numbers.ts';
import { flags, lists, normal, topics, type World } from './simulation.ts';
import { type CommonTables, itemsIn, mainLists } from './tables.ts';
import type { Interval } from './verdict.ts';
import { all, exceeds, near, staysBelow } from './verdict.ts';

const SECTION = 'Exploratory analysis';
/** A list with less than one item more is of the same kind. */
const ONE_ITEM = 1;
/** The smallest rank correlation that would be called one (Cohen’s “small”). */
const LEAST_CORRELATION = 0.1;
const HALF = 0.5;
/** A share of the variance below which topics are alike. */
const LITTLE_VARIANCE = 0.25;

/** Whether each item of the short lists is one token. */
const singleTokens = (tables: CommonTables): Observation[] =>
  itemsIn(tables, mainLists(tables, 'short')).map(({ list, item }) => ({
    cluster: list.topic,
    value: Number(item.n_tokens === 1),
  }));

/** What it says of items’ tokens, of the blank after the last, and of how alike topics and temperatures are. */
export const LIST_CLAIMS = [
  claim({
    id: 'single-token',
    section: SECTION,
    claim: 'Most items are a single token.',
    test: 'Share of the short lists’ items. It holds where the whole interval lies above one half, and does not where it lies below',
    inRelease: (tables, estimate) => estimate.mean(singleTokens(tables), 'single token'),
    inStudy: (tables, estimate) => estimate.mean(singleTokens(tables), 'single token'),
    judge: (of) => exceeds(of, { beyond: HALF }),
    value: share,
    simulated: {
      true: {
        words: 'two thirds of the items are, between three eighths and nearly all by topic',
        draw: (world) => singleTokenWorld(world, 0.67),
      },
      false: {
        words: 'one third of the items are, between hardly any and five eighths by topic',
        draw: (world) => singleTokenWorld(world, 0.33),
      },
    },
  }),
  claim({
    id: 'blank-last-only',
    section: SECTION,
    claim: 'In most cases only the last item has the blank.',
    test: 'Share, of the short lists with any blank, of those with one on the last item alone. It holds where the whole interval lies above one half, and does not where it lies below',
    inRelease: (tables, estimate) => estimate.mean(blankOnLastAlone(tables), 'last alone'),
    inStudy: (tables, estimate) => estimate.mean(blankOnLastAlone(tables), 'last alone'),
    judge: (of) => exceeds(of, { beyond: HALF }),
    value: share,
    simulated: {
      true: {
        words: 'three quarters of the lists have one there alone',
        draw: (world) =>
          world.estimate.mean(
            flags(world, () => 0.75),
            'last alone',
          ),
      },
      false: {
        words: 'a third of the lists have',
        draw: (world) =>
          world.estimate.mean(
            flags(world, () => 0.33),
            'last alone',
          ),
      },
    },
  }),
  alike({
    id: 'blanks-consistent',
    claim: 'The number of items with a blank is consistent across topics.',
    countOf: (tables) => (sample) =>
      (tables.itemsOf.get(sample) ?? []).filter(({ blank_after }) => blank_after).length,
  }),
  alike({
    id: 'items-consistent',
    claim: 'The number of items is very similar across topics.',
    countOf: (tables) => {
      const items = new Map(tables.lists.map(({ sample_id, n_items }) => [sample_id, n_items]));
      return (sample) => items.get(sample) ?? 0;
    },
  }),
  claim({
    id: 'temperature',
    section: SECTION,
    claim: 'The higher the temperature, the more items have a blank.',
    test: `Rank correlation over the short lists. It holds where the interval lies above 0, and does not where it includes 0 and lies below ${LEAST_CORRELATION}`,
    inRelease: (tables, estimate) => temperatureCorrelation(tables, estimate),
    inStudy: (tables, estimate) => temperatureCorrelation(tables, estimate),
    judge: (of) => exceeds(of, { beyond: 0, size: LEAST_CORRELATION }),
    value: (of) => `${number(of)}, ${of.n} lists`,
    simulated: {
      true: {
        words: 'a correlation of about 0.2 over six temperatures',
        draw: (world) => temperatureWorld(world, 0.2),
      },
      false: {
        words: 'blanks that do not depend on the temperature',
        draw: (world) => temperatureWorld(world, 0),
      },
    },
  }),
  claim({
    id: 'temperature-items',
    section: SECTION,
    claim: 'The kind of list is consistent across temperatures.',
    test: 'Items at each other temperature less those at the main one, paired by topic. It holds where every interval lies within one item of 0, and does not where none touches that range',
    inRelease: (tables, estimate) => changesWithTemperature(tables, estimate),
    inStudy: (tables, estimate) => changesWithTemperature(tables, estimate),
    judge: (changes) =>
      all(changes.map(({ change }) => near(change, { target: 0, tolerance: ONE_ITEM }))),
    value: (changes) =>
      changes
        .map(({ temperature, change }) => `at ${temperature}: ${number(change, 1)}`)
        .join(', '),
    simulated: {
      true: {
        words: 'five temperatures with a fifth of an item’s difference at most',
        draw: (world) => changeWorld(world, 0.2),
      },
      false: {
        words: 'five temperatures with two items’ difference',
        draw: (world) => changeWorld(world, 2),
      },
    },
  }),
];

const singleTokenWorld = (world: World, share: number) =>
  world.estimate.mean(
    flags(world, () => Math.min(1, Math.max(0, share + 0.3 * (2 * world.random() - 1))), 8),
    'single token',
  );

/** Whether the last item alone has a blank, of the short lists that ended and have any. */
function blankOnLastAlone(tables: CommonTables): Observation[] {
  return mainLists(tables, 'short').flatMap(({ sample_id, topic, ended }) => {
    const items = tables.itemsOf.get(sample_id) ?? [];
    const blanks = items.filter(({ blank_after }) => blank_after);
    if (!ended || blanks.length === 0) return [];
    const isAlone = blanks.length === 1 && blanks[0]!.items_from_end === 0;
    return [{ cluster: topic, value: Number(isAlone) }];
  });
}

/** Counts that topics share: most of the variance is within them. @param countOf by `sample_id` */
function alike({
  id,
  claim: words,
  countOf,
}: {
  readonly id: string;
  readonly claim: string;
  readonly countOf: (tables: CommonTables) => (sample: string) => number;
}) {
  const estimates = (tables: CommonTables, estimate: Estimator) => {
    const count = countOf(tables);
    const byTopic = Map.groupBy(mainLists(tables, 'short'), ({ topic }) => topic);
    const counts = [...byTopic.values()].map((of) => of.map(({ sample_id }) => count(sample_id)));
    return estimate.statistic(counts, epsilonSquared, id);
  };
  const simulate = (world: World, between: number) => {
    const drawn = lists(world, { mean: 8, between, within: 1 });
    const byTopic = Map.groupBy(drawn, ({ cluster }) => cluster);
    const counts = [...byTopic.values()].map((of) => of.map(({ value }) => value));
    return world.estimate.statistic(counts, epsilonSquared, id);
  };
  return claim({
    id,
    section: SECTION,
    claim: words,
    test: 'Share of the variance between the short lists that lies between topics, chance taken off. It holds where the whole interval lies below a quarter, and does not where it lies above',
    inRelease: estimates,
    inStudy: estimates,
    judge: (of) => staysBelow(of, LITTLE_VARIANCE),
    value: share,
    simulated: {
      true: { words: 'topics do not differ', draw: (world) => simulate(world, 0) },
      false: {
        words: 'half of the variance is between topics',
        draw: (world) => simulate(world, 1),
      },
    },
  });
}

function temperatureCorrelation(tables: CommonTables, estimate: Estimator) {
  const short = tables.lists.filter(({ template }) => template === 'short');
  const byTopic = Map.groupBy(short, ({ topic }) => topic);
  const pairs = [...byTopic.values()].map((of) =>
    of.map(({ sample_id, temperature }) => {
      const items = tables.itemsOf.get(sample_id) ?? [];
      return [temperature, items.filter(({ blank_after }) => blank_after).length] as const;
    }),
  );
  return estimate.statistic(pairs, pairCorrelation, 'temperature');
}

const HEATS = [0.1, 0.5, 0.7, 0.8, 0.9, 1.3];

function temperatureWorld({ random, estimate }: World, correlation: number) {
  const slope = correlation / Math.sqrt(1 - correlation ** 2) / 0.37; // 0.37: of the temperatures
  const pairs = topics().map(() => {
    const topic = 0.3 * normal(random);
    return HEATS.flatMap((heat) =>
      Array.from({ length: 5 }, () => {
        const blanks = 2 + slope * (heat - 0.7) + topic + normal(random);
        return [heat, Math.max(0, Math.round(blanks))] as const;
      }),
    );
  });
  return estimate.statistic(pairs, pairCorrelation, 'temperature');
}

interface Change {
  readonly temperature: string;
  readonly change: Interval;
}

/** How the mean number of items of each topic differs from that at the main temperature. */
function changesWithTemperature(tables: CommonTables, estimate: Estimator): Change[] | null {
  const short = tables.lists.filter(({ template }) => template === 'short');
  const meansAt = (temperature: number) => {
    const at = short.filter((list) => list.temperature === temperature);
    const byTopic = Map.groupBy(at, ({ topic }) => topic);
    return new Map([...byTopic].map(([topic, of]) => [topic, meanItems(of)]));
  };
  const main = meansAt(tables.temperature);
  const others = [...new Set(short.map(({ temperature }) => temperature))]
    .filter((temperature) => temperature !== tables.temperature)
    .sort((a, b) => a - b);
  const changes = others.flatMap((temperature) => {
    const observations = [...meansAt(temperature)].flatMap(([cluster, mean]) => {
      const before = main.get(cluster);
      return before === undefined ? [] : [{ cluster, value: mean - before }];
    });
    const change = estimate.mean(observations, `items at ${temperature}`);
    return change === null ? [] : [{ temperature: digits(temperature, 1), change }];
  });
  return changes.length === 0 ? null : changes;
}

const meanItems = (of: readonly { readonly n_items: number }[]): number =>
  of.reduce((sum, { n_items }) => sum + n_items, 0) / of.length;

const changeWorld = ({ random, estimate }: World, most: number): Change[] =>
  HEATS.slice(1).flatMap((_, i) => {
    const observations = topics().map((cluster) => ({
      cluster,
      value: (i % 2 ? 1 : -1) * most + 0.8 * normal(random),
    }));
    const change = estimate.mean(observations, `items ${i}`);
    return change === null ? [] : [{ temperature: `${i}`, change }];
  });
