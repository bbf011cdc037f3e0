import { normalizeItem } from '../lists/parse-list.ts';
import { completions } from '../schema/completions.ts';
import { items } from '../schema/items.ts';
import { audit, type Quantity, RULES, type Rule } from '../schema/released/audit.ts';
import { authorItems } from '../schema/released/author-items.ts';
import { authorLists } from '../schema/released/author-lists.ts';
import type { Row } from '../schema/table.ts';
import { type BootstrapOptions, bootstrapStatistic } from '../stats/bootstrap.ts';
import { keyedRandom } from '../stats/random.ts';
import { rankCorrelation } from '../stats/rank-correlation.ts';
import { shannonIndex } from '../stats/shannon-index.ts';
import { type Context, defineStage } from './define.ts';
import { groupByList } from './lists-by-id.ts';

/** Items this far from the end are reported. */
const FARTHEST = 5;

/** Every quantity that the write-up speaks of, by the author's way of counting and by token, with intervals. */
export const releasedAuditStage = defineStage({
  name: 'released-audit',
  source: import.meta.url,
  settings: ['seed', 'bootstrap'],
  needs: [],
  reads: [completions, items, authorLists, authorItems],
  writes: [audit],

  async run({ study, read, write, progress }) {
    const lists = await readCounted(read);
    const cells = [
      ...Map.groupBy(lists, ({ template, temperature }) => `${template} ${temperature}`),
    ];
    const options = (key: string) => ({ ...study.bootstrap, random: keyedRandom(study.seed, key) });
    const rows: AuditRow[] = [];
    for (const [i, [key, cell]] of cells.entries()) {
      for (const rule of RULES)
        rows.push(...cellRows(cell, rule, (what) => options(`audit ${key} ${what}`)));
      progress(i + 1, cells.length, 'cells');
    }
    const short = lists.filter(({ template }) => template === 'short');
    for (const rule of RULES) rows.push(...overTemperatures(short, rule, options));
    write(audit, rows);
  },
});

type AuditRow = Row<typeof audit>;

/** One list under both ways of counting. */
interface CountedList {
  readonly topic: string;
  readonly template: AuditRow['template'];
  readonly temperature: number;
  readonly by: Readonly<Record<Rule, Counts>>;
}

interface Counts {
  readonly nItems: number;
  readonly repeats: boolean;
  readonly shannon: number;
  readonly items: readonly CountedItem[];
}

interface CountedItem {
  readonly tokens: number;
  readonly single: boolean;
  readonly blank: boolean;
  /** None where the list did not end, of items by token. */
  readonly fromEnd: number | null;
}

async function readCounted(read: Context<never, never>['read']): Promise<CountedList[]> {
  const itemsOf = groupByList(await read(items));
  const authorListOf = groupByList(await read(authorLists));
  const authorItemsOf = groupByList(await read(authorItems));
  return (await read(completions)).map(({ sample_id, topic, template, temperature, ...list }) => {
    const own = itemsOf.get(sample_id) ?? [];
    const author = authorListOf.get(sample_id)![0]!;
    const token: Counts = {
      nItems: list.n_items,
      repeats: list.n_repeats > 0,
      shannon: shannonIndex(own.map((item) => normalizeItem(item.text))),
      items: own.map((item) => ({
        tokens: item.n_tokens,
        single: item.n_tokens === 1,
        blank: item.blank_after,
        fromEnd: item.items_from_end,
      })),
    };
    return {
      topic,
      template,
      temperature,
      by: { token, author: authorCountsOf(author, authorItemsOf.get(sample_id) ?? []) },
    };
  });
}

/** A hyphen, a token and a newline are the author's shortest item: three tokens, or four with a blank. */
const authorCountsOf = (
  list: Row<typeof authorLists>,
  own: readonly Row<typeof authorItems>[],
): Counts => ({
  nItems: list.n_hyphens,
  repeats: list.n_distinct_lines < list.n_lines,
  shannon: list.shannon_lines,
  items: own.map(({ n_tokens, has_blank, items_from_end }) => ({
    tokens: n_tokens,
    single: n_tokens - Number(has_blank) === 3,
    blank: has_blank,
    fromEnd: items_from_end,
  })),
});

type Options = (what: string) => BootstrapOptions;

function cellRows(cell: readonly CountedList[], rule: Rule, options: Options): AuditRow[] {
  const { template, temperature } = cell[0]!;
  const topics = [...Map.groupBy(cell, ({ topic }) => topic)];
  const rows: AuditRow[] = [];
  const add = (
    quantity: Quantity,
    valuesOf: (list: Counts) => readonly number[],
    { byTopic = false, items_from_end = null as number | null } = {},
  ) => {
    const row = (topic: string | null, clusters: readonly (readonly CountedList[])[]) => {
      const values = clusters.map((lists) => lists.flatMap(({ by }) => valuesOf(by[rule])));
      const estimate = bootstrapStatistic(
        values,
        meanOf,
        options(`${rule} ${quantity} ${topic} ${items_from_end}`),
      );
      if (estimate !== null)
        rows.push({ quantity, rule, template, temperature, topic, items_from_end, ...estimate });
    };
    row(
      null,
      topics.map(([, lists]) => lists),
    );
    if (byTopic)
      for (const [topic, lists] of topics)
        row(
          topic,
          lists.map((list) => [list]),
        );
  };
  add('items', ({ nItems }) => [nItems], { byTopic: true });
  add('tokens_per_item', ({ items }) => items.map(({ tokens }) => tokens), { byTopic: true });
  add('single_token', ({ items }) => items.map(({ single }) => Number(single)), { byTopic: true });
  add('items_with_blank', ({ items }) => [blanksOf(items)], { byTopic: true });
  add('repeats', ({ repeats }) => [Number(repeats)]);
  add('shannon_index', ({ shannon }) => [shannon], { byTopic: true });
  add('only_last_blank', ({ items }) => onlyLast(items));
  for (let from = 0; from < FARTHEST; from++)
    add('blank', ({ items }) => blankAt(items, from), {
      byTopic: from === 0,
      items_from_end: from,
    });
  const between = (quantity: Quantity, of: (list: Counts) => number) => {
    const values = topics.map(([, lists]) => lists.map(({ by }) => of(by[rule])));
    const estimate = bootstrapStatistic(values, betweenTopics, options(`${rule} ${quantity}`));
    if (estimate !== null)
      rows.push({
        quantity,
        rule,
        template,
        temperature,
        topic: null,
        items_from_end: null,
        ...estimate,
      });
  };
  between('between_topics_items', ({ nItems }) => nItems);
  between('between_topics_blanks', ({ items }) => blanksOf(items));
  return rows;
}

function overTemperatures(lists: readonly CountedList[], rule: Rule, options: Options): AuditRow[] {
  const topics = [...Map.groupBy(lists, ({ topic }) => topic).values()];
  const correlate = (quantity: Quantity, of: (list: Counts) => number): AuditRow[] => {
    const pairs = topics.map((own) =>
      own.map(({ temperature, by }) => [temperature, of(by[rule])] as const),
    );
    const estimate = bootstrapStatistic(pairs, correlation, options(`audit ${rule} ${quantity}`));
    if (estimate === null) return [];
    const where = {
      template: 'short',
      temperature: null,
      topic: null,
      items_from_end: null,
    } as const;
    return [{ quantity, rule, ...where, ...estimate }];
  };
  return [
    ...correlate('temperature_blanks', ({ items }) => blanksOf(items)),
    ...correlate('temperature_items', ({ nItems }) => nItems),
  ];
}

const blanksOf = (items: readonly CountedItem[]): number =>
  items.filter(({ blank }) => blank).length;

const blankAt = (items: readonly CountedItem[], from: number): number[] =>
  items.filter(({ fromEnd }) => fromEnd === from).map(({ blank }) => Number(blank));

/** Whether the last item alone has a blank; of lists whose end is known, and with a blank at all. */
function onlyLast(items: readonly CountedItem[]): number[] {
  const last = items.find(({ fromEnd }) => fromEnd === 0);
  if (last === undefined || blanksOf(items) === 0) return [];
  return [Number(last.blank && blanksOf(items) === 1)];
}

type Clusters = readonly (readonly number[])[];

function meanOf(clusters: Clusters): number | null {
  let sum = 0;
  let n = 0;
  for (const values of clusters) {
    for (const value of values) sum += value;
    n += values.length;
  }
  return n === 0 ? null : sum / n;
}

/**
 * ε²: the share of the variance that lies between clusters, less what chance alone puts there.
 * Source: Kelley (1935), An unbiased correlation ratio measure.
 */
function betweenTopics(clusters: Clusters): number | null {
  const mean = meanOf(clusters);
  const n = clusters.flat().length;
  if (mean === null || n <= clusters.length) return null;
  const squares = (values: readonly number[], around: number) =>
    values.reduce((sum, value) => sum + (value - around) ** 2, 0);
  const whole = squares(clusters.flat(), mean) / (n - 1);
  const within =
    clusters.reduce((sum, own) => sum + squares(own, meanOf([own]) ?? 0), 0) /
    (n - clusters.length);
  return whole === 0 ? null : 1 - within / whole;
}

const correlation = (clusters: readonly (readonly (readonly [number, number])[])[]) => {
  const pairs = clusters.flat();
  return rankCorrelation(
    pairs.map(([x]) => x),
    pairs.map(([, y]) => y),
  );
};
