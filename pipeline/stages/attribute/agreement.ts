import type { AgreementRow } from '../../schema/attribution-agreement.ts';
import { METHODS, type Method, type Path } from '../../schema/attribution-columns.ts';
import type { attributionSums } from '../../schema/attribution-sums.ts';
import type { ExactEffectRow } from '../../schema/exact-effects.ts';
import type { Row } from '../../schema/table.ts';
import { bootstrapStatistic } from '../../stats/bootstrap.ts';
import { clusterMean, type IntervalSettings } from '../../stats/cluster-mean.ts';
import { keyedRandom } from '../../stats/random.ts';
import { rankCorrelation } from '../../stats/rank-correlation.ts';

type SumRow = Row<typeof attributionSums>;

interface Measured {
  readonly effects: readonly ExactEffectRow[];
  /** Of the same metric. */
  readonly sums: readonly SumRow[];
  /** By `sample_id`. */
  readonly topicOf: ReadonlyMap<string, string>;
}

/** How well each method agrees with the exact effects, by SAE and path. */
export function agreementRows(
  { effects, sums, topicOf }: Measured,
  settings: IntervalSettings,
): AgreementRow[] {
  const groupOf = ({ sae_id, path }: Pick<SumRow, 'sae_id' | 'path'>) => `${sae_id} ${path}`;
  const sumsOf = Map.groupBy(sums, groupOf);
  return [...Map.groupBy(effects, groupOf)].flatMap(([group, rows]) =>
    METHODS.flatMap((method) => {
      const cells = cellsBy(method, rows);
      if (cells.length === 0) return [];
      const of = { method, group, cells, sums: sumsOf.get(group) ?? [], topicOf };
      return [agreementRow(of, settings)];
    }),
  );
}

/** A feature's attribution by one method as the change that it predicts, beside the change. */
interface Cell {
  readonly sample_id: string;
  readonly predicted: number;
  readonly effect: number;
}

const cellsBy = (method: Method, rows: readonly ExactEffectRow[]): Cell[] =>
  rows.flatMap(({ sample_id, effect, ...row }) => {
    const attribution = row[method];
    return attribution === null ? [] : [{ sample_id, predicted: -attribution, effect }];
  });

interface Agreement extends Pick<Measured, 'sums' | 'topicOf'> {
  readonly method: Method;
  /** SAE and path. */
  readonly group: string;
  readonly cells: readonly Cell[];
}

function agreementRow(of: Agreement, settings: IntervalSettings): AgreementRow {
  const { method, group, cells, sums } = of;
  const [sae_id, path] = group.split(' ') as [string, Path];
  const lists = [...Map.groupBy(cells, ({ sample_id }) => sample_id).values()];
  const sign = signByMass(of, settings);
  const rank = rankWithinLists(of, lists, settings);
  return {
    sae_id,
    method,
    path,
    sign_by_mass: sign?.mean ?? null,
    ci_low: sign?.ci_low ?? null,
    ci_high: sign?.ci_high ?? null,
    rank_correlation: rank?.mean ?? null,
    rank_low: rank?.ci_low ?? null,
    rank_high: rank?.ci_high ?? null,
    completeness_error: completenessError(method, sums),
    effect_mass: massOf(cells) / lists.length,
    n_cells: cells.length,
    n: lists.length,
  };
}

/** Total magnitude of the exact effects. */
const massOf = (cells: readonly Cell[]): number =>
  cells.reduce((sum, { effect }) => sum + Math.abs(effect), 0);

/** Share of the effects' magnitude whose sign is predicted; topics are resampled. */
function signByMass({ method, group, cells, topicOf }: Agreement, settings: IntervalSettings) {
  const topics = [...Map.groupBy(cells, ({ sample_id }) => topicOf.get(sample_id)).values()];
  const sums = topics.map((of) => {
    const right = of.filter(({ predicted, effect }) => Math.sign(predicted) === Math.sign(effect));
    return [{ right: massOf(right), all: massOf(of) }];
  });
  const total = (resample: typeof sums, which: 'right' | 'all') =>
    resample.reduce((sum, [topic]) => sum + topic![which], 0);
  const random = keyedRandom(settings.seed, `sign by mass ${group} ${method}`);
  return bootstrapStatistic(
    sums,
    (resample) => {
      const all = total([...resample] as typeof sums, 'all');
      return all === 0 ? null : total([...resample] as typeof sums, 'right') / all;
    },
    { ...settings.bootstrap, random },
  );
}

/** Mean over lists of the rank correlation of predicted and exact changes; null where no list has one. */
function rankWithinLists(
  { method, group, topicOf }: Agreement,
  lists: readonly (readonly Cell[])[],
  settings: IntervalSettings,
) {
  const rows = lists.flatMap((list) => {
    const correlation = rankCorrelation(
      list.map(({ predicted }) => predicted),
      list.map(({ effect }) => effect),
    );
    return correlation === null ? [] : [{ topic: topicOf.get(list[0]!.sample_id), correlation }];
  });
  if (rows.length === 0) return null;
  const observations = {
    rows,
    value: ({ correlation }: (typeof rows)[number]) => correlation,
    cluster: ({ topic }: (typeof rows)[number]) => topic,
  };
  return clusterMean(observations, `rank correlation ${group} ${method}`, settings);
}

/** Null where the metric at the path's start was not measured, or nothing differs between the ends. */
function completenessError(method: Method, sums: readonly SumRow[]): number | null {
  let [errors, differences] = [0, 0];
  for (const { features, gradient, metric_start, metric_end } of sums) {
    if (metric_start === null) return null;
    const difference = metric_end - metric_start;
    errors += Math.abs((method === 'gradient' ? gradient : features) - difference);
    differences += Math.abs(difference);
  }
  return differences === 0 ? null : errors / differences;
}
