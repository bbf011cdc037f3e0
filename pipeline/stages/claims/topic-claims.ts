import { claim } from './claim.ts';
import type { Estimator, Observation } from './estimator.ts';
import { percent, share } from './numbers.ts';
import { flags, LISTS, TOPICS, topics, type World } from './simulation.ts';
import { type CommonTables, itemsIn, mainLists } from './tables.ts';
import { all, exceeds, given, type Interval, staysBelow } from './verdict.ts';

const SECTION = 'Exploratory analysis';
const NAMED = ['Ocean', 'City Names', 'Countries'];
/** So many topics of 23 are no longer a few. */
const NOT_FEW = 6;
const HALF = 0.5;
/** A blank that stands after “the last item in every topic” stands there nine times in ten at least. */
const NEARLY_ALWAYS = 0.9;
const LEVEL = 0.05;

/** The share of one topic. */
interface TopicShare {
  readonly topic: string;
  readonly share: Interval;
}

/** The share of last items with a blank. */
interface LastBlanks {
  readonly overall: Interval;
  readonly topics: readonly { readonly topic: string; readonly n: number; readonly of: number }[];
}

/** What it says of single topics, and of the long lists’ ends. */
export const TOPIC_CLAIMS = [
  claim({
    id: 'single-token-exceptions',
    section: SECTION,
    claim: 'The exceptions are a few topics such as Ocean, City Names and Countries.',
    test: `Topics with less than half of their items a single token, by the interval of each over its lists. It holds where the three are, and fewer than ${NOT_FEW} are or may be; in part where only some of this is so`,
    inRelease: (tables, estimate) => singleTokensByTopic(tables, estimate),
    inStudy: (tables, estimate) => singleTokensByTopic(tables, estimate),
    judge: (shares) => {
      const isException = ({ share }: TopicShare) => staysBelow(share, HALF);
      const named = NAMED.flatMap((topic) => shares.find((of) => of.topic === topic) ?? []);
      if (named.length < NAMED.length) return 'cannot be decided';
      const clear = shares.filter((of) => isException(of) === 'holds').length;
      const possible = shares.filter((of) => isException(of) !== 'does not hold').length;
      const areFew = possible < NOT_FEW ? 'holds' : 'cannot be decided';
      return given(all(named.map(isException)), [clear >= NOT_FEW ? 'does not hold' : areFew]);
    },
    value: (shares) => {
      const clear = shares.filter(({ share }) => staysBelow(share, HALF) === 'holds');
      const unclear = shares.filter(({ share }) => staysBelow(share, HALF) === 'cannot be decided');
      const names = clear.map(({ topic }) => topic).sort();
      return `${names.length} topics clearly (${names.join(', ') || 'none'}), ${unclear.length} perhaps; of the three ${NAMED.filter((topic) => names.includes(topic)).length}`;
    },
    simulated: {
      true: {
        words: 'the three have a tenth of their items as one token, the others nine tenths',
        draw: (world) => exceptionsWorld(world, 0.9),
      },
      false: {
        words: 'every topic has two thirds of its items as one token',
        draw: (world) => exceptionsWorld(world, null),
      },
    },
  }),
  claim({
    id: 'blank-all-topics',
    section: SECTION,
    claim: 'In every topic a blank stands after the last item.',
    test: `Last items with a blank, of the short lists that ended. A topic speaks against it whose lists have so few that a share of ${percent(NEARLY_ALWAYS)} would give them less than once in twenty (binomial, corrected for the number of topics). It holds where none does and each has more than half, in part where some do, and does not where also the overall share is not above half`,
    inRelease: (tables, estimate) => lastBlanks(tables, estimate),
    inStudy: (tables, estimate) => lastBlanks(tables, estimate),
    judge: ({ overall, topics: of }) => {
      const against = of.filter(({ n, of: lists }) => isAgainst(n, lists, of.length));
      if (against.length > 0)
        return exceeds(overall, { beyond: HALF }) === 'holds' ? 'holds in part' : 'does not hold';
      return of.every(({ n, of: lists }) => n > HALF * lists) ? 'holds' : 'cannot be decided';
    },
    value: ({ overall, topics: of }) => {
      const many = of.filter(({ n, of: lists }) => n > HALF * lists).length;
      const least = of.toSorted((a, b) => a.n / a.of - b.n / b.of)[0]!;
      return `${share(overall)}; more than half in ${many} of ${of.length} topics, least in ${least.topic}, ${percent(least.n / least.of)}`;
    },
    simulated: {
      true: {
        words: 'a blank after 97 % of last items',
        draw: (world) => blanksWorld(world, () => 0.97),
      },
      false: {
        words: 'five topics with a blank after a tenth of last items, the others after 97 %',
        draw: (world) => blanksWorld(world, (topic) => (topic < 5 ? 0.1 : 0.97)),
      },
    },
  }),
  claim({
    id: 'blank-long',
    section: SECTION,
    claim: 'Long lists have no abundance of blanks at their end.',
    test: 'Share of last items with a blank, of the long lists that ended. It holds where the whole interval lies below one half, but only in part where the limit cut most lists, and does not where it lies above',
    inRelease: (tables, estimate) => longEnds(tables, estimate),
    inStudy: (tables, estimate) => longEnds(tables, estimate),
    judge: ({ share, ended, lists }) => {
      const verdict = staysBelow(share, HALF);
      return verdict === 'holds' && ended <= lists / 2 ? 'holds in part' : verdict;
    },
    value: ({ share: of, ended, lists }) => `${share(of)}, ${ended} of ${lists} lists ended`,
    simulated: {
      true: {
        words: 'a blank after a tenth of last items',
        draw: (world) => longWorld(world, 0.1),
      },
      false: {
        words: 'a blank after nine tenths of last items',
        draw: (world) => longWorld(world, 0.9),
      },
    },
  }),
];

function singleTokensByTopic(tables: CommonTables, estimate: Estimator): TopicShare[] | null {
  const byTopic = Map.groupBy(
    itemsIn(tables, mainLists(tables, 'short')),
    ({ list }) => list.topic,
  );
  const shares = [...byTopic].flatMap(([topic, of]) => {
    const observations = of.map(({ list, item }) => ({
      cluster: list.sample_id,
      value: Number(item.n_tokens === 1),
    }));
    const share = estimate.mean(observations, `single token ${topic}`);
    return share === null ? [] : [{ topic, share }];
  });
  return shares.length === 0 ? null : shares;
}

/** @param others share of single tokens in topics that are not named; null for the same share in all */
function exceptionsWorld({ random, estimate }: World, others: number | null): TopicShare[] {
  return topics().flatMap((name, i) => {
    const topic = NAMED[i] ?? name;
    const p = others === null ? 0.67 : i < NAMED.length ? 1 - others : others;
    const observations = Array.from({ length: 8 * LISTS }, (_, item) => ({
      cluster: `${item % LISTS}`,
      value: Number(random() < p),
    }));
    const share = estimate.mean(observations, `single token ${topic}`);
    return share === null ? [] : [{ topic, share }];
  });
}

/** Whether the last item has a blank, of the lists of a template that ended. */
const lastItemBlanks = (tables: CommonTables, template: 'short' | 'long'): Observation[] =>
  itemsIn(tables, mainLists(tables, template))
    .filter(({ item }) => item.items_from_end === 0)
    .map(({ list, item }) => ({ cluster: list.topic, value: Number(item.blank_after) }));

const lastBlanks = (tables: CommonTables, estimate: Estimator): LastBlanks | null =>
  blanksOf(lastItemBlanks(tables, 'short'), estimate);

const blanksWorld = (world: World, share: (topic: number) => number): LastBlanks | null =>
  blanksOf(flags(world, share), world.estimate);

function blanksOf(blanks: readonly Observation[], estimate: Estimator): LastBlanks | null {
  const overall = estimate.mean(blanks, 'last blanks');
  const topics = [...Map.groupBy(blanks, ({ cluster }) => cluster)].map(([topic, of]) => ({
    topic,
    n: of.filter(({ value }) => value === 1).length,
    of: of.length,
  }));
  return overall && { overall, topics };
}

/** Whether so few of a topic’s lists have a blank that nearly all of them having one is refuted. */
const isAgainst = (n: number, of: number, nTopics: number): boolean =>
  binomialAtMost(n, of, NEARLY_ALWAYS) < LEVEL / nTopics;

/** P(X ≤ k) of a binomial of n draws. */
function binomialAtMost(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return sum;
}

function longEnds(tables: CommonTables, estimate: Estimator) {
  const blanks = lastItemBlanks(tables, 'long');
  const share = estimate.mean(blanks, 'long blanks');
  return share && { share, ended: blanks.length, lists: mainLists(tables, 'long').length };
}

function longWorld(world: World, p: number) {
  const share = world.estimate.mean(
    flags(world, () => p),
    'long blanks',
  );
  return share && { share, ended: TOPICS * LISTS, lists: TOPICS * LISTS };
}
