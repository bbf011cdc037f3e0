import type { AuthorshipRow } from '../../schema/authorship.ts';
import { OWN } from '../../schema/authorship-columns.ts';
import {
  AUTHORSHIP_METRICS,
  type AuthorshipByItemRow,
  type AuthorshipMetric,
  type AuthorshipSummaryRow,
} from '../../schema/authorship-summary.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { positionsFromBothEnds } from '../item-position.ts';

/** The mean of each metric of each author's lists, and of its difference from the model's own lists of the same topics. */
export function summarise(
  rows: readonly AuthorshipRow[],
  settings: IntervalSettings,
): AuthorshipSummaryRow[] {
  const lists = [...Map.groupBy(rows, ({ list_id }) => list_id).values()].map(measuresOf);
  const own = new Map(
    lists
      .filter(({ author }) => author === OWN)
      .map((list) => [`${list.topic} ${list.template}`, list]),
  );
  const byAuthor = Map.groupBy(lists, ({ author, template }) => `${author} ${template}`);
  return [...byAuthor.values()].flatMap((of) =>
    AUTHORSHIP_METRICS.flatMap((metric) => [
      ...meanOf(of.map(observed(metric)), { metric, less_own: false }, settings),
      ...(of[0]!.author === OWN
        ? []
        : meanOf(
            of.map((list) => lessOwn(metric, list, own.get(`${list.topic} ${list.template}`))),
            { metric, less_own: true },
            settings,
          )),
    ]),
  );
}

/** The mean of p_end and entropy after each item of each author's lists, counted from either end. */
export function summariseByItem(
  rows: readonly AuthorshipRow[],
  settings: IntervalSettings,
): AuthorshipByItemRow[] {
  const placed = rows.flatMap((row) =>
    positionsFromBothEnds(row).map((position) => ({
      row,
      group: { author: row.author, template: row.template, ...position },
    })),
  );
  const groups = Map.groupBy(placed, ({ group }) => Object.values(group).join(' '));
  return [...groups].flatMap(([key, of]) =>
    (['p_end', 'entropy'] as const).map((quantity) => ({
      ...of[0]!.group,
      quantity,
      ...clusterMean(
        { rows: of, value: ({ row }) => row[quantity], cluster: ({ row }) => row.topic },
        `authorship ${quantity} ${key}`,
        settings,
      ),
    })),
  );
}

/** The metrics of one list; null where one is undefined. */
interface ListMeasures extends Pick<AuthorshipRow, 'author' | 'topic' | 'template'> {
  readonly values: Readonly<Record<AuthorshipMetric, number | null>>;
}

function measuresOf(items: readonly AuthorshipRow[]): ListMeasures {
  const { author, topic, template } = items[0]!;
  const ends = items.map(({ p_end }) => p_end);
  const likelihoods = items.map(({ log_likelihood }) => log_likelihood);
  const first = items.filter(({ is_repeat }) => !is_repeat);
  const values = {
    p_end_at_end: items.at(-1)!.items_from_end === 0 ? ends.at(-1)! : null,
    p_end_before_end: mean(ends.slice(0, -1)),
    entropy: mean(items.map(({ entropy }) => entropy)),
    log_likelihood_per_token: sum(likelihoods) / sum(items.map(({ n_tokens }) => n_tokens)),
    log_likelihood_per_item: mean(first.map(({ log_likelihood }) => log_likelihood)),
  };
  return { author, topic, template, values };
}

/** A value of one list, with the list. */
interface Observation {
  readonly list: ListMeasures;
  readonly value: number | null;
}

const observed =
  (metric: AuthorshipMetric) =>
  (list: ListMeasures): Observation => ({ list, value: list.values[metric] });

function lessOwn(
  metric: AuthorshipMetric,
  list: ListMeasures,
  own: ListMeasures | undefined,
): Observation {
  const [value, before] = [list.values[metric], own?.values[metric] ?? null];
  return { list, value: value === null || before === null ? null : value - before };
}

/** A row, or none where no list has a value. */
function meanOf(
  observations: readonly Observation[],
  named: Pick<AuthorshipSummaryRow, 'metric' | 'less_own'>,
  settings: IntervalSettings,
): AuthorshipSummaryRow[] {
  const rows = observations.flatMap(({ list, value }) => (value === null ? [] : [{ list, value }]));
  const [first] = rows;
  if (first === undefined) return [];
  const { author, template } = first.list;
  const key = ['authorship', author, template, ...Object.values(named)].join(' ');
  const clustered = {
    rows,
    value: ({ value }: { readonly value: number }) => value,
    cluster: ({ list }: { readonly list: ListMeasures }) => list.topic,
  };
  return [{ author, template, ...named, ...clusterMean(clustered, key, settings) }];
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length;
