import type { TemplateName } from '../../schema/templates.ts';
import { claim } from './claim.ts';
import type { Estimator } from './estimator.ts';
import { number, percent } from './numbers.ts';
import { lists, type World } from './simulation.ts';
import { type CommonTables, mainLists } from './tables.ts';
import { type Interval, near } from './verdict.ts';

/** How far a mean may lie from an approximate number, as a share of it, and be as said. */
const TOLERANCE = 0.2;
/** Where the limit on tokens cut more than so many lists, their mean is a lower bound. */
const FEW_CUT = 0.05;

/** The mean length of one template’s lists. */
interface Length {
  readonly items: Interval;
  readonly cut: number;
  readonly lists: number;
}

/** How many items it says that the lists of each template have. */
export const LENGTH_CLAIMS = [
  lengthClaim('short', 1, 5),
  lengthClaim('long', 2, 30),
  lengthClaim('plain', 3, 10),
];

function lengthClaim(template: TemplateName, place: number, said: number) {
  const tolerance = TOLERANCE * said;
  const lengthOf = (tables: CommonTables, estimate: Estimator): Length | null => {
    const of = mainLists(tables, template);
    const observations = of.map(({ topic, n_items }) => ({ cluster: topic, value: n_items }));
    const items = estimate.mean(observations, `items ${template}`);
    const cut = of.filter(({ ended }) => !ended).length;
    return items && { items, cut, lists: of.length };
  };
  const world = (world: World, mean: number): Length | null => {
    const drawn = lists(world, { mean, between: 0.1 * mean, within: 0.25 * mean });
    const items = world.estimate.mean(drawn, `items ${template}`);
    return items && { items, cut: 0, lists: drawn.length };
  };
  return claim({
    id: `items-${template}`,
    section: 'Exploratory analysis',
    claim: `Template ${place} gives lists of about ${said} items on average.`,
    test: `Mean number of items by token. It holds where the interval lies within ${said} ± ${tolerance} (a fifth of the number), and does not where it lies outside. Where the limit cut more than ${percent(FEW_CUT)} of the lists, the mean is a lower bound: only one that is too large decides`,
    inRelease: lengthOf,
    inStudy: lengthOf,
    judge: ({ items, cut, lists: n }) => {
      const isTooLarge = items.ci_low > said + tolerance;
      if (cut > FEW_CUT * n && !isTooLarge) return 'cannot be decided';
      return near(items, { target: said, tolerance });
    },
    value: ({ items, cut, lists: n }) =>
      `${number(items, 1)}, said to be ${said}; ${cut} of ${n} lists cut`,
    simulated: {
      true: { words: `lists of ${said} items on average`, draw: (drawn) => world(drawn, said) },
      false: {
        words: 'lists half as long again',
        draw: (drawn) => world(drawn, 1.5 * said),
      },
    },
  });
}
