import { claim } from './claim.ts';
import type { Estimator } from './estimator.ts';
import { number, share } from './numbers.ts';
import { LISTS, lists, normal, topics, type World } from './simulation.ts';
import { mainLists, type StudyTables } from './tables.ts';
import { exceeds, type Interval } from './verdict.ts';

const SECTION = 'First approximations';
const SAID = 5;
/** The smallest logit difference that would be called clear. */
const CLEAR = 0.5;
const HALF = 0.5;

/** The logit difference of the last layer after each of a list’s first five items. */
type FirstItems = readonly (Interval | null)[];

/** What one part of the model, a layer’s attention or MLP, contributes to the difference in one list. */
interface LayerPart {
  readonly name: string;
  /** Whether it is of the last quarter of layers. */
  readonly isLate: boolean;
  /** Logits. */
  readonly value: number;
}

/** What it says of the layers before the last. */
export const LENS_CLAIMS = [
  claim({
    id: 'lens-fifth',
    section: SECTION,
    claim: 'The fifth item is the first at which a blank is clearly over a newline.',
    test: `Mean difference of the last layer’s logits after the first five items of short lists. It holds where the interval of the fifth lies above 0 and that of no earlier one does; it does not hold where an earlier one’s does, or where that of the fifth includes 0 and lies below ${CLEAR}`,
    inStudy: ({ lens }) => firstItems(lens),
    judge: (items) => {
      const earlier = items.slice(0, SAID - 1);
      if (earlier.some((item) => item !== null && item.ci_low > 0)) return 'does not hold';
      return exceeds(items[SAID - 1] ?? null, { beyond: 0, size: CLEAR });
    },
    value: (items) => {
      const first = items.findIndex((item) => item !== null && item.ci_low > 0);
      const fifth = items[SAID - 1];
      return `clear first at ${first < 0 ? 'none of the five' : `item ${first + 1}`}; after the fifth ${fifth ? number(fifth) : '–'}`;
    },
    simulated: {
      true: {
        words: 'differences of −4 to −1 logits after four items, and of 1 after the fifth',
        draw: (world) => itemsWorld(world, [-4, -3, -2, -1, 1]),
      },
      false: {
        words: 'differences of −1 logit after all of them',
        draw: (world) => itemsWorld(world, [-1, -1, -1, -1, -1]),
      },
    },
  }),
  claim({
    id: 'lens-layers',
    section: SECTION,
    claim: 'The last layers, from the 20th of 26 on, matter most for the difference.',
    test: 'Share of the layers’ mean contributions at the last item of short lists, in magnitude, that is of the last quarter of layers. It holds where its interval lies above one half, and does not where it lies below',
    inStudy: (tables, estimate) => lastQuarter(partsByTopic(tables), estimate),
    judge: (of) => exceeds(of, { beyond: HALF }),
    value: share,
    simulated: {
      true: {
        words: 'sixteen layers, of which the last four contribute two thirds',
        draw: (world) => layersWorld(world, 0.67),
      },
      false: {
        words: 'sixteen layers, of which each contributes as much',
        draw: (world) => layersWorld(world, 0.25),
      },
    },
  }),
];

/** Of the last layer, whose residual stream is what the model reads its answer from. */
function firstItems(lens: StudyTables['lens']): FirstItems | null {
  const last = Math.max(...lens.map(({ layer }) => layer));
  const rows = lens.filter(
    (row) =>
      row.component === null &&
      row.proxy === 'blank_newline' &&
      row.template === 'short' &&
      row.layer === last,
  );
  if (rows.length === 0) return null;
  return Array.from(
    { length: SAID },
    (_, i) => rows.find(({ item_index }) => item_index === i) ?? null,
  );
}

const itemsWorld = (world: World, means: readonly number[]): FirstItems =>
  means.map((mean, i) =>
    world.estimate.mean(lists(world, { mean, between: 0.7, within: 1.5 }), `item ${i}`),
  );

/** [topic][list]: what each part of the model contributes at the last item. */
function partsByTopic(tables: StudyTables): LayerPart[][][] {
  const topicOf = new Map(
    mainLists(tables, 'short').map(({ sample_id, topic }) => [sample_id, topic]),
  );
  const rows = tables.contributions.filter(
    ({ proxy, component, items_from_end, sample_id }) =>
      proxy === 'blank_newline' &&
      component !== 'embed' &&
      items_from_end === 0 &&
      topicOf.has(sample_id),
  );
  const depth = Math.max(...rows.map(({ layer }) => layer)) + 1;
  const byList = [...Map.groupBy(rows, ({ sample_id }) => sample_id)].map(([sample, of]) => ({
    topic: topicOf.get(sample),
    parts: of.map(({ layer, component, contribution }) => ({
      name: `${layer} ${component}`,
      isLate: layer >= 0.75 * depth,
      value: contribution,
    })),
  }));
  const byTopic = Map.groupBy(byList, ({ topic }) => topic);
  return [...byTopic.values()].map((of) => of.map(({ parts }) => parts));
}

const lastQuarter = (clusters: readonly (readonly LayerPart[][])[], estimate: Estimator) =>
  estimate.statistic(clusters, shareOfLate, 'last quarter');

/** The late parts’ share of the magnitudes of the mean contributions. */
function shareOfLate(clusters: readonly (readonly (readonly LayerPart[])[])[]): number | null {
  const sums = new Map<string, { isLate: boolean; value: number }>();
  for (const list of clusters.flat())
    for (const { name, isLate, value } of list) {
      const sum = sums.get(name) ?? { isLate, value: 0 };
      sums.set(name, sum);
      sum.value += value;
    }
  const total = (parts: readonly { value: number }[]) =>
    parts.reduce((sum, { value }) => sum + Math.abs(value), 0);
  const all = [...sums.values()];
  return total(all) === 0 ? null : total(all.filter(({ isLate }) => isLate)) / total(all);
}

const layersWorld = ({ random, estimate }: World, late: number) =>
  lastQuarter(
    topics().map(() =>
      Array.from({ length: LISTS }, () =>
        Array.from({ length: 16 }, (_, i) => {
          const isLate = i < 4;
          const mean = isLate ? late / 4 : (1 - late) / 12;
          return { name: `${i}`, isLate, value: mean * (1 + 0.5 * normal(random)) };
        }),
      ),
    ),
    estimate,
  );
