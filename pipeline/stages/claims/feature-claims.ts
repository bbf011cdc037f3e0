import type { Verdict } from '../../schema/claims.ts';
import { concentrationTest } from '../../stats/chance-entropy.ts';
import { claim, undecidable } from './claim.ts';
import { difference, type Estimator } from './estimator.ts';
import { number, percent } from './numbers.ts';
import { LISTS, pick, TOPICS, topics, type World } from './simulation.ts';
import { type AttributedIn, type CommonTables, mainLists, type ReleasedTables } from './tables.ts';
import { all, exceeds, type Interval, ofAll } from './verdict.ts';

const SAES = 'Sparse autoencoders';
const ATTRIBUTION = 'Attribution';
/** By chance so many features seem local to topics. */
const CHANCE = 0.05;
const DRAWS = 199;
/** Features of each SAE that are compared in how many topics they are. */
const TOP = 25;
/** By so many topics more an SAE is the more homogeneous. */
const ONE_TOPIC = 1;

/** The features of one SAE by their topics. */
interface Kinds {
  readonly sae_id: string;
  /** Features in lists of every topic. */
  readonly everywhere: number;
  /** Share of the features in two lists or more that are topic-local. */
  readonly local: Interval | null;
}

/** What it says of features, and of what is attributed to them. */
export const FEATURE_CLAIMS = [
  claim({
    id: 'saes-used',
    section: SAES,
    claim: 'Five SAEs of the attention and five of the residual stream were used.',
    test: 'Of the SAEs named, those in the attribution tuples and in the ablated lists. It holds where all are in both and no other is, in part where any is',
    inRelease: ({ writeUp, tupleCounts, ablationCounts }) => {
      const named = writeUp.saes.map(({ sae_id }) => sae_id);
      const ablated = [...new Set(ablationCounts.map(({ sae_id }) => sae_id))];
      const attributed = new Set(tupleCounts.map(({ sae_id }) => sae_id));
      return {
        of: named.length,
        attributed: named.filter((id) => attributed.has(id)).length,
        ablated: named.filter((id) => ablated.includes(id)).length,
        others: ablated.filter((id) => !named.includes(id)),
      };
    },
    judge: ({ of, attributed, ablated, others }) => {
      const verdict = ofAll({ n: Math.min(attributed, ablated), of });
      return verdict === 'holds' && others.length > 0 ? 'holds in part' : verdict;
    },
    value: ({ of, attributed, ablated, others }) =>
      `${attributed} of ${of} in the tuples, ${ablated} in the ablated lists, where another is: ${others.join(', ') || 'none'}`,
    simulated: {
      true: {
        words: 'all are in both',
        draw: () => ({ of: 10, attributed: 10, ablated: 10, others: [] }),
      },
      false: {
        words: 'none is in the ablated lists',
        draw: () => ({ of: 10, attributed: 10, ablated: 0, others: [] }),
      },
    },
  }),
  undecidable({
    id: 'memory',
    section: SAES,
    claim: 'Two SAEs of 16 thousand features fill a card of 24 GB when gradients are on.',
    why: 'nothing that was released says how much memory was used; here one SAE at a time is in memory, and none while gradients are taken',
  }),
  undecidable({
    id: 'cluster-maps',
    section: ATTRIBUTION,
    claim: 'The cluster maps show normalised activations.',
    why: 'no activations were released; the code counts how often a feature is among the most attributed',
  }),
  claim({
    id: 'top-features',
    section: ATTRIBUTION,
    claim: 'The author’s table of features by topic lists the ten most important of each.',
    test: 'Topics of which it lists the ten in most tuples. It holds where it does of all, in part where of any',
    inRelease: ({ writeUp, tupleTops }) => topFeatures(writeUp.topFeatures, tupleTops),
    judge: ({ frequent, of }) => ofAll({ n: frequent, of }),
    value: ({ frequent, smallest, of }) =>
      `${frequent} of ${of}; the ten of the smallest numbers in ${smallest}`,
    simulated: {
      true: { words: 'all topics', draw: () => ({ frequent: 23, smallest: 0, of: 23 }) },
      false: { words: 'no topic', draw: () => ({ frequent: 0, smallest: 23, of: 23 }) },
    },
  }),
  claim({
    id: 'families',
    section: ATTRIBUTION,
    claim: 'Some features count in lists of every topic, others in those of one topic only.',
    test: `Of each SAE, the features among the most attributed of lists: those in lists of every topic, and the share, of those in two lists or more, whose lists are of fewer topics than as many drawn at random (a test at ${percent(CHANCE)}). An SAE has both kinds where any is of the first and the interval of the second lies above ${percent(CHANCE)}. It holds where every SAE has both, in part where some have`,
    inRelease: (tables, estimate) => kindsBySae(tables, estimate),
    inStudy: (tables, estimate) => kindsBySae(tables, estimate),
    judge: (kinds) => all(kinds.map(hasBoth)),
    value: (kinds) => {
      const both = kinds.filter((of) => hasBoth(of) === 'holds').length;
      const everywhere = kinds.reduce((sum, of) => sum + of.everywhere, 0);
      const shares = kinds.flatMap(({ local }) => (local === null ? [] : [local.mean]));
      const local =
        shares.length === 0
          ? 'none is in two lists or more, so that no share is local'
          : `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} of an SAE’s are local, against ${percent(CHANCE)} by chance`;
      return `both kinds in ${both} of ${kinds.length} SAEs: ${everywhere} features in every topic; ${local}`;
    },
    simulated: {
      true: {
        words:
          'three SAEs of 60 features: a sixth in every list, a half in the lists of one topic, the rest anywhere',
        draw: (world) => kindsWorld(world, true),
      },
      false: {
        words: 'three SAEs of 60 features, each in two to nine lists drawn at random',
        draw: (world) => kindsWorld(world, false),
      },
    },
  }),
  claim({
    id: 'res-20-homogeneous',
    section: ATTRIBUTION,
    claim: 'The features of res_20 are spread more evenly over topics than those of att_14.',
    test: `Topics in whose lists each of the ${TOP} features of most lists is among the most attributed: their mean for res_20 less that for att_14. It holds where the interval over features lies above 0, and does not where it includes 0 and lies below ${ONE_TOPIC}`,
    inRelease: (tables, estimate) => spreadDifference(tables, ['res_20', 'att_14'], estimate),
    judge: ({ more }) => exceeds(more, { beyond: 0, size: ONE_TOPIC }),
    value: ({ a, b, more }) =>
      `${a.toFixed(1)} topics against ${b.toFixed(1)}: ${number(more, 1)} more`,
    simulated: {
      true: {
        words: 'features in 20 topics of 23 on average, against 12',
        draw: (world) => spreadWorld(world, 20, 12),
      },
      false: {
        words: 'features in 16 topics on average in both',
        draw: (world) => spreadWorld(world, 16, 16),
      },
    },
  }),
];

function topFeatures(
  printed: ReleasedTables['writeUp']['topFeatures'],
  tops: ReleasedTables['tupleTops'],
) {
  const sameAs = (column: 'most_frequent' | 'smallest') =>
    printed.filter(({ topic, sae_id, features }) =>
      tops.some(
        (row) => row.topic === topic && row.sae_id === sae_id && row[column].join(' ') === features,
      ),
    ).length;
  return { frequent: sameAs('most_frequent'), smallest: sameAs('smallest'), of: printed.length };
}

const hasBoth = ({ everywhere, local }: Kinds): Verdict =>
  all([everywhere > 0 ? 'holds' : 'does not hold', exceeds(local, { beyond: CHANCE })]);

function kindsBySae(tables: CommonTables, estimate: Estimator): Kinds[] | null {
  const of = mainLists(tables, 'short');
  const topicOf = new Map(of.map(({ sample_id, topic }) => [sample_id, topic]));
  const kinds = [...tables.attributed].map(([sae_id, cells]) =>
    kindsOf({ sae_id, cells, topicOf }, estimate),
  );
  return kinds.length === 0 ? null : kinds;
}

interface SaeCells {
  readonly sae_id: string;
  readonly cells: readonly AttributedIn[];
  /** By `sample_id`, of every list. */
  readonly topicOf: ReadonlyMap<string, string>;
}

function kindsOf({ sae_id, cells, topicOf }: SaeCells, estimate: Estimator): Kinds {
  const labels = [...topicOf.values()];
  const nTopics = new Set(labels).size;
  const random = estimate.random(`topics of ${sae_id}`);
  const pOf = concentrationTest(labels, { draws: DRAWS, random });
  const byFeature = [...Map.groupBy(cells, ({ feature }) => feature)].map(([feature, lists]) => {
    const byTopic = Map.groupBy(lists, ({ sample_id }) => topicOf.get(sample_id));
    return { feature, n: lists.length, counts: [...byTopic.values()].map((l) => l.length) };
  });
  const local = byFeature
    .filter(({ n }) => n > 1)
    .map(({ feature, counts }) => ({
      cluster: `${feature}`,
      value: Number(pOf(counts) <= CHANCE),
    }));
  return {
    sae_id,
    everywhere: byFeature.filter(({ counts }) => counts.length === nTopics).length,
    local: estimate.mean(local, `local ${sae_id}`),
  };
}

function kindsWorld({ random, estimate }: World, hasKinds: boolean): Kinds[] {
  const topicOf = new Map(
    topics().flatMap((topic) =>
      Array.from({ length: LISTS }, (_, i) => [`${topic} ${i}`, topic] as const),
    ),
  );
  const samples = [...topicOf.keys()];
  const listsOf = (feature: number): string[] => {
    const start = LISTS * pick(random, TOPICS);
    if (hasKinds && feature % 6 === 0) return samples;
    if (hasKinds && feature % 2 === 0) return samples.slice(start, start + LISTS);
    const drawn = Array.from({ length: 2 + pick(random, 8) }, () => pick(random, samples.length));
    return [...new Set(drawn)].map((i) => samples[i]!);
  };
  return ['a', 'b', 'c'].map((sae_id) => {
    const cells = Array.from({ length: 60 }, (_, feature) =>
      listsOf(feature).map((sample_id) => ({ feature, sample_id })),
    ).flat();
    return kindsOf({ sae_id, cells, topicOf }, estimate);
  });
}

interface SpreadOf {
  readonly a: number;
  readonly b: number;
  readonly more: Interval;
}

function spreadDifference(
  tables: CommonTables,
  saes: readonly [string, string],
  estimate: Estimator,
): SpreadOf | null {
  const topicOf = new Map(tables.lists.map(({ sample_id, topic }) => [sample_id, topic]));
  const [a, b] = saes.map((sae_id) => {
    const lists = Map.groupBy(tables.attributed.get(sae_id) ?? [], ({ feature }) => feature);
    const spread = [...lists]
      .sort(([f, x], [g, y]) => y.length - x.length || f - g)
      .slice(0, TOP)
      .map(([feature, of]) => ({
        cluster: `${feature}`,
        value: new Set(of.map(({ sample_id }) => topicOf.get(sample_id))).size,
      }));
    return estimate.mean(spread, `topics of ${sae_id}`);
  });
  return a && b ? { a: a.mean, b: b.mean, more: difference(a, b) } : null;
}

function spreadWorld({ random, estimate }: World, first: number, second: number): SpreadOf | null {
  const [a, b] = [first, second].map((mean, i) => {
    const spread = Array.from({ length: TOP }, (_, feature) => ({
      cluster: `${feature}`,
      value: Math.min(TOPICS, Math.max(1, Math.round(mean + 4 * (2 * random() - 1)))),
    }));
    return estimate.mean(spread, `spread ${i}`);
  });
  return a && b ? { a: a.mean, b: b.mean, more: difference(a, b) } : null;
}
