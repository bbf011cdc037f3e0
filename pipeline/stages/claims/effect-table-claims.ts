import { claim } from './claim.ts';
import type { ReleasedTables } from './tables.ts';
import { ofAll } from './verdict.ts';

const SECTION = 'Causal ablation';

type Counts = ReleasedTables['ablationCounts'][number];
type Printed = ReleasedTables['writeUp']['bySae'][number];
type Grouping = 'bySae' | 'byTopic';
type Quantity = 'items' | 'diversity';

/** Figures of one printed table, and which rule gives them to all six digits. */
interface Digits {
  readonly of: number;
  /** The mean of the differences. */
  readonly plain: number;
  /** (sum of the differences + their variance) / (n + 1). */
  readonly folded: number;
  /** The mean of the lists’ variances, for the column of variances. */
  readonly variances: number;
}

/** What its tables of ablation effects print. */
export const EFFECT_TABLE_CLAIMS = [
  tableClaim('bySae', 'items'),
  tableClaim('bySae', 'diversity'),
  tableClaim('byTopic', 'items'),
  tableClaim('byTopic', 'diversity'),
  claim({
    id: 'table-variances',
    section: SECTION,
    claim: 'Both tables print variances of the differences, by the author’s counting.',
    test: 'Figures that are means of the five lists’ variances, to every digit. It holds where all are, in part where any is',
    inRelease: (tables) => {
      const digits = (['bySae', 'byTopic'] as const).flatMap((grouping) =>
        (['items', 'diversity'] as const).map((quantity) => digitsOf(tables, grouping, quantity)),
      );
      return {
        n: digits.reduce((sum, { variances }) => sum + variances, 0),
        of: digits.reduce((sum, { of }) => sum + of, 0),
      };
    },
    judge: ofAll,
    value: ({ n, of }) => `${n} of ${of}`,
    simulated: {
      true: { words: 'all figures', draw: () => ({ n: 60, of: 60 }) },
      false: { words: 'no figure', draw: () => ({ n: 0, of: 60 }) },
    },
  }),
];

function tableClaim(grouping: Grouping, quantity: Quantity) {
  const table = grouping === 'bySae' ? 'SAE' : 'topic';
  const of = grouping === 'bySae' ? 7 : 23;
  return claim({
    id: `table-${table.toLowerCase()}-${quantity}`,
    section: SECTION,
    claim: `The table by ${table} prints mean differences in ${quantity}.`,
    test: `Figures that are the mean of the differences${quantity === 'items' ? '' : ' in the Shannon index'}, to every digit. It holds where all are, in part where any is`,
    inRelease: (tables) => digitsOf(tables, grouping, quantity),
    judge: ({ plain, of: all }) => ofAll({ n: plain, of: all }),
    value: ({ of: all, plain, folded }) =>
      `${plain} of ${all} are the mean, ${folded} (sum of the differences + their variance) / (n + 1)`,
    simulated: {
      true: { words: 'all figures', draw: () => ({ of, plain: of, folded: 0, variances: of }) },
      false: { words: 'no figure', draw: () => ({ of, plain: 0, folded: of, variances: of }) },
    },
  });
}

function digitsOf(
  { writeUp, ablationCounts }: ReleasedTables,
  grouping: Grouping,
  quantity: Quantity,
): Digits {
  const rows: readonly (Printed | ReleasedTables['writeUp']['byTopic'][number])[] =
    writeUp[grouping];
  const counts = Map.groupBy(ablationCounts, ({ sae_id, topic }) =>
    grouping === 'bySae' ? sae_id : topic,
  );
  const found = rows.map((row) => {
    const of = counts.get('sae_id' in row ? row.sae_id : row.topic) ?? [];
    return figureOf(row, of, quantity);
  });
  const number = (is: (figure: (typeof found)[number]) => boolean) => found.filter(is).length;
  return {
    of: found.length,
    plain: number(({ plain }) => plain),
    folded: number(({ folded }) => folded),
    variances: number(({ variance }) => variance),
  };
}

/** Which rules give one printed figure. */
function figureOf(
  row: Pick<Printed, 'items_mean' | 'items_variance' | 'shannon_mean' | 'shannon_variance'>,
  counts: readonly Counts[],
  quantity: Quantity,
): Record<'plain' | 'folded' | 'variance', boolean> {
  const mean = (value: (of: Counts) => number) =>
    counts.reduce((sum, of) => sum + value(of), 0) / counts.length;
  const isItems = quantity === 'items';
  const [printed, printedVariance] = isItems
    ? [row.items_mean, row.items_variance]
    : [row.shannon_mean, row.shannon_variance];
  const same = (found: number, figure: number) =>
    Math.round(found * 1e6) === Math.round(figure * 1e6);
  return {
    plain: same(
      mean((of) => (isItems ? of.hyphens_sum : of.lines_shannon_sum) / of.n),
      printed,
    ),
    folded: same(
      mean((of) => (isItems ? of.hyphens_folded : of.lines_shannon_folded)),
      printed,
    ),
    variance: same(
      mean((of) => (isItems ? of.hyphens_variance : of.lines_shannon_variance)),
      printedVariance,
    ),
  };
}
