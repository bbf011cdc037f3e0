import {
  type Distance,
  distances,
  effectsOf,
  endedBySae,
  FIRST,
  isNear,
  LEVEL,
  leadOf,
  lengthens,
  loopsBySae,
  NEAR,
  ONE_ITEM,
  overRandom,
  topicsAbove,
} from './ablation-estimates.ts';
import {
  continuedWorld,
  distanceWorld,
  endedWorld,
  loopsWorld,
  zeroedWorld,
} from './ablation-worlds.ts';
import { claim, undecidable } from './claim.ts';
import { digits, number, percent, share } from './numbers.ts';
import { all, any, exceeds, greatest, staysBelow } from './verdict.ts';

const SECTION = 'Causal ablation';
/** More loops than in one list of twenty are no accident; the claim speaks of them as of the rule, half of the lists or more. */
const LOOPS = { beyond: 0.05, size: 0.5 };
/** An end that is left in fewer lists is as good as eliminated. */
const NEARLY_NONE = 0.1;
const WEAK: readonly string[] = ['att_18', 'att_22'];
/** Of small effects, in items. */
const WEAK_SPREAD = { between: 0.3, within: 1.2 };

const AMONG = 'with intervals that allow for the number of SAEs';

/** What it says of lists written again with features zeroed. */
export const ABLATION_CLAIMS = [
  undecidable({
    id: 'five-features',
    section: SECTION,
    claim: 'Five features were zeroed at once.',
    why: 'what was zeroed in which list was not released; the author’s code takes ten',
  }),
  claim({
    id: 'longer',
    section: SECTION,
    claim: 'Zeroing the features makes lists longer.',
    test: `Items of lists written again from the prompt, with the most attributed features zeroed less with as many random ones, ${AMONG}; where an adjusted p-value of the SAE’s effect is there, it must be below ${LEVEL}, too. It holds where that of any SAE lies above 0, and does not where all include 0 and lie below ${ONE_ITEM}`,
    inStudy: ({ zeroed }, estimate) =>
      overRandom(
        zeroed.map(({ overRandom, ...sae }) => ({
          ...sae,
          items: overRandom.map(({ topic, items }) => ({ cluster: topic, value: items })),
        })),
        estimate,
      ),
    judge: (saes) => any(saes.map(lengthens)),
    value: (saes) => {
      const best = saes.toSorted((a, b) => b.of.mean - a.of.mean)[0]!;
      const n = saes.filter((sae) => lengthens(sae) === 'holds').length;
      return `${n} of ${saes.length} SAEs; most with ${best.sae_id}: ${number(best.of)} items over random features`;
    },
    simulated: {
      true: {
        words: 'one SAE of seven adds 1.5 items over random features, the others none',
        draw: (world) => overRandom(zeroedWorld(world, 1.5), world.estimate),
      },
      false: {
        words: 'no SAE of seven adds any over random features',
        draw: (world) => overRandom(zeroedWorld(world, 0), world.estimate),
      },
    },
  }),
  claim({
    id: 'strongest',
    section: SECTION,
    claim: 'The residual stream’s first layer has the largest effect.',
    test: `Items of continued lists with ${FIRST}’s features zeroed, less items of the same lists with those of each other SAE. It holds where every interval lies above 0, and does not where any lies below`,
    inRelease: ({ continued }, estimate) => leadOf(continued, estimate),
    inStudy: ({ continued }, estimate) => leadOf(continued, estimate),
    judge: ({ leads }) => greatest(leads.map(({ of }) => of)),
    value: ({ effect, leads, cut }) => {
      const next = leads.toSorted((a, b) => a.of.mean - b.of.mean)[0]!;
      return `${number(effect)} items; over ${next.sae_id}, the nearest, ${number(next.of)}; the limit cut ${percent(cut)} of its lists`;
    },
    simulated: {
      true: {
        words: 'it adds 5 items, six other SAEs 1 to 3',
        draw: (world) => leadOf(continuedWorld(world, [5, 3, 2, 2, 1, 1, 1]), world.estimate),
      },
      false: {
        words: 'it adds 1 item, another SAE 3, five others 1',
        draw: (world) => leadOf(continuedWorld(world, [1, 3, 1, 1, 1, 1, 1]), world.estimate),
      },
    },
  }),
  claim({
    id: 'full-elimination',
    section: SECTION,
    claim: 'Five edits eliminate the end of the list altogether.',
    test: `Share of continued lists that end all the same before the limit, for the SAE with the fewest, ${AMONG}. It holds where any interval lies below ${percent(NEARLY_NONE)}, and does not where all lie above`,
    inRelease: ({ continued }, estimate) => endedBySae(continued, estimate),
    inStudy: ({ continued }, estimate) => endedBySae(continued, estimate),
    judge: (saes) => any(saes.map(({ of }) => staysBelow(of, NEARLY_NONE))),
    value: (saes) => {
      const least = saes.toSorted((a, b) => a.of.mean - b.of.mean)[0]!;
      return `${share(least.of)} of ${least.sae_id}’s lists ended, the fewest`;
    },
    simulated: {
      true: {
        words: 'one SAE of seven leaves an end in one list of a hundred, the others in all',
        draw: (world) => endedWorld(world, 0.01),
      },
      false: {
        words: 'one SAE of seven leaves an end in two thirds of the lists, the others in all',
        draw: (world) => endedWorld(world, 0.67),
      },
    },
  }),
  claim({
    id: 'most-topics',
    section: SECTION,
    claim: 'In most topics the ablations add more than one item.',
    test: 'Share of the topics whose mean difference in items, over all SAEs’ continued lists, is above 1. It holds where the interval over topics lies above one half, and does not where it lies below',
    inRelease: ({ continued, writeUp }, estimate) =>
      topicsAbove(continued, estimate, writeUp.byTopic),
    inStudy: ({ continued }, estimate) => topicsAbove(continued, estimate, []),
    judge: ({ share }) => exceeds(share, { beyond: 0.5 }),
    value: ({ n, of, printed }) =>
      `${n} of ${of} topics${printed === null ? '' : `; ${printed} of ${of} by the printed figures`}`,
    simulated: {
      true: {
        words: 'topics gain 2.5 items on average, with a standard deviation of 1 between them',
        draw: (world) => topicsAbove(continuedWorld(world, [2.5, 2.5]), world.estimate, []),
      },
      false: {
        words: 'topics gain no items on average',
        draw: (world) => topicsAbove(continuedWorld(world, [0, 0]), world.estimate, []),
      },
    },
  }),
  claim({
    id: 'weak-saes',
    section: SECTION,
    claim: 'The effects of att_18 and att_22 stay under one item.',
    test: 'Mean difference in items of their continued lists. It holds where both intervals lie below 1, in part where one does. Whether it differs from 0 cannot be told: lists that are continued cannot get shorter, and none was released that was continued without an edit',
    inRelease: ({ continued }, estimate) =>
      effectsOf(
        continued.filter(({ sae_id }) => WEAK.includes(sae_id)),
        estimate,
      ),
    judge: (saes) => all(saes.map(({ of }) => staysBelow(of, 1))),
    value: (saes) => saes.map(({ sae_id, of }) => `${sae_id} ${number(of)}`).join(', '),
    simulated: {
      true: {
        words: 'both add 0.5 items',
        draw: (world) => effectsOf(continuedWorld(world, [0.5, 0.5], WEAK_SPREAD), world.estimate),
      },
      false: {
        words: 'both add 2 items',
        draw: (world) => effectsOf(continuedWorld(world, [2, 2], WEAK_SPREAD), world.estimate),
      },
    },
  }),
  claim({
    id: 'near-templates',
    section: SECTION,
    claim:
      'With the first layer’s features zeroed, lists come near those of template 2; with the others’, near those of template 3.',
    test: `Mean items of continued lists less those of the template’s own lists. Each SAE’s is near where the interval of the difference lies within ${percent(NEAR)} of the template’s mean, and not where it lies outside. It holds where all are near, in part where some are`,
    inRelease: (tables, estimate) => distances(tables, estimate),
    inStudy: (tables, estimate) => distances(tables, estimate),
    judge: (saes) => all(saes.map(isNear)),
    value: (saes) => {
      const said = ({ sae_id, items, template }: Distance) =>
        `${sae_id} ${digits(items, 1)} against ${digits(template, 1)}`;
      const [first, others] = [
        saes.filter(({ sae_id }) => sae_id === FIRST),
        saes.filter(({ sae_id }) => sae_id !== FIRST),
      ];
      const near = others.filter((of) => isNear(of) === 'holds').length;
      const range = others.map(({ items }) => items);
      const saidOfOthers = others
        .slice(0, 1)
        .map(
          ({ template }) =>
            `the others ${digits(Math.min(...range), 1)} to ${digits(Math.max(...range), 1)} against ${digits(template, 1)}, ${near} of ${others.length} near`,
        );
      return [...first.map(said), ...saidOfOthers].join('; ');
    },
    simulated: {
      true: {
        words: 'one SAE’s lists have 30 items as template 2’s, two others’ 10 as template 3’s',
        draw: (world) => distanceWorld(world, [30, 10, 10]),
      },
      false: {
        words: 'all lists have 6 items',
        draw: (world) => distanceWorld(world, [6, 6, 6]),
      },
    },
  }),
  claim({
    id: 'loops',
    section: SECTION,
    claim: 'Ablation makes the model repeat items in loops.',
    test: `Share of continued lists that name an item twice although they did not before, by SAE, ${AMONG}. It holds where any interval lies above a twentieth and reaches one half, in part where it lies above a twentieth only, and does not where all include a twentieth and lie below one half`,
    inRelease: ({ continued }, estimate) => loopsBySae(continued, estimate),
    inStudy: ({ continued }, estimate) => loopsBySae(continued, estimate),
    judge: (saes) => any(saes.map(({ of }) => exceeds(of, LOOPS))),
    value: (saes) => {
      const most = saes.toSorted((a, b) => b.of.mean - a.of.mean)[0]!;
      return `most with ${most.sae_id}, ${share(most.of)}`;
    },
    simulated: {
      true: {
        words: 'one SAE of seven makes half of the lists loop',
        draw: (world) => loopsWorld(world, 0.5),
      },
      false: { words: 'no SAE makes any loop', draw: (world) => loopsWorld(world, 0) },
    },
  }),
];
