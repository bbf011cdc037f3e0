import type { AgreementRow } from '../../schema/attribution-agreement.ts';
import { METHODS, type Method, type Path } from '../../schema/attribution-columns.ts';
import type { attributionSums } from '../../schema/attribution-sums.ts';
import type { ExactEffectRow } from '../../schema/exact-effects.ts';
import type { Row } from '../../schema/table.ts';
import { clusterMean } from '../../stats/cluster-mean.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import { bootstrapStatistic } from '../../stats/percentile-bootstrap.ts';
import { keyedRandom } from '../../stats/random.ts';
import { rankCorrelation } from '../../stats/rank-correlation.ts';
import type { ListRow } from '../lists-by-id.ts';

type SumRow = Row<typeof attributionSums>;

interface Measured {
  readonly effects: readonly ExactEffectRow[];
  /** Of the same metric. */
  readonly sums: readonly SumRow[];
  /** By `sample_id`. */
  readonly listOf: ReadonlyMap<string, Pick<ListRow, 'topic' | 'n_prompt_tokens'>>;
}

/** How well each method agrees with the exact effects, by SAE and path. */
export function agreementRows(
  { effects, sums, listOf }: Measured,
  settings: IntervalSettings,
): AgreementRow[] {
  const groupOf = ({ sae_id, path }: Pick<SumRow, 'sae_id' | 'path'>) => `${sae_id} ${path}`;
  const sumsOf = Map.groupBy(sums, groupOf);
  return [...Map.groupBy(effects, groupOf)].flatMap(([group, rows]) =>
    METHODS.flatMap((method) => {
      const cells = cellsBy(method, rows);
      if (cells.length === 0) return [];
      const of = { method, group, cells, sums: sumsOf.get(group) ?? [], listOf };
      return [agreementRow(of, settings)];
    }),
  );
}

/** A feature's attribution by one method as the change that it predicts, beside the change. */
interface Cell {
  readonly sample_id: string;
  readonly pos: number;
  readonly predicted: number;
  readonly effect: number;
}

const cellsBy = (method: Method, rows: readonly ExactEffectRow[]): Cell[] =>
  rows.flatMap(({ sample_id, pos, effect, ...row }) => {
    const attribution = row[method];
    return attribution === null ? [] : [{ sample_id, pos, predicted: -attribution, effect }];
  });

interface Agreement extends Pick<Measured, 'sums' | 'listOf'> {
  readonly method: Method;
  /** SAE and path. */
  readonly group: string;
  readonly cells: readonly Cell[];
}

function agreementRow(of: Agreement, settings: IntervalSettings): AgreementRow {
  const { method, group, cells, sums, listOf } = of;
  const [sae_id, path] = group.split(' ') as [string, Path];
  const inPrompt = cells.filter(
    ({ sample_id, pos, effect }) =>
      pos < listOf.get(sample_id)!.n_prompt_tokens && Math.abs(effect) >= LEAST_EFFECT,
  );
  const n = new Set(cells.map(({ sample_id }) => sample_id)).size;
  const prompt = measuresOf({ ...of, cells: inPrompt }, 'prompt', settings);
  const list = measuresOf(of, 'list', settings);
  return {
    sae_id,
    method,
    path,
    sign_by_mass: prompt.sign?.mean ?? null,
    ci_low: prompt.sign?.ci_low ?? null,
    ci_high: prompt.sign?.ci_high ?? null,
    rank_correlation: prompt.rank?.mean ?? null,
    rank_low: prompt.rank?.ci_low ?? null,
    rank_high: prompt.rank?.ci_high ?? null,
    completeness_error: completenessError(method, sums),
    effect_mass: massOf(inPrompt) / n,
    list_sign_by_mass: list.sign?.mean ?? null,
    list_low: list.sign?.ci_low ?? null,
    list_high: list.sign?.ci_high ?? null,
    list_rank_correlation: list.rank?.mean ?? null,
    list_rank_low: list.rank?.ci_low ?? null,
    list_rank_high: list.rank?.ci_high ?? null,
    n_cells: inPrompt.length,
    n,
  };
}

/** Logits. Smaller effects of features at the prompt have a sign that no conclusion rests on. */
const LEAST_EFFECT = 0.1;

/** Both measures of some features. @param where the features are, which names the draws of the intervals */
const measuresOf = (of: Agreement, where: string, settings: IntervalSettings) => {
  const key = `${of.group} ${of.method} ${where}`;
  return { sign: signByMass(of, key, settings), rank: rankWithinLists(of, key, settings) };
};

/** Total magnitude of the exact effects. */
const massOf = (cells: readonly Cell[]): number =>
  cells.reduce((sum, { effect }) => sum + Math.abs(effect), 0);

/** Share of the magnitude of all effects whose sign is predicted; topics are resampled. */
function signByMass({ cells, listOf }: Agreement, key: string, settings: IntervalSettings) {
  const topics = [...Map.groupBy(cells, ({ sample_id }) => listOf.get(sample_id)!.topic).values()];
  const sums = topics.map((of): readonly MassSums[] => {
    const right = of.filter(({ predicted, effect }) => Math.sign(predicted) === Math.sign(effect));
    return [{ right: massOf(right), all: massOf(of) }];
  });
  const random = keyedRandom(settings.seed, `sign by mass ${key}`);
  return bootstrapStatistic(sums, shareRight, { ...settings.bootstrap, random });
}

/** Magnitudes of the effects of one topic. */
interface MassSums {
  /** Of those whose sign is predicted. */
  readonly right: number;
  readonly all: number;
}

/** Null where there is no effect. */
function shareRight(topics: readonly (readonly MassSums[])[]): number | null {
  const total = (which: keyof MassSums) =>
    topics.flat().reduce((sum, topic) => sum + topic[which], 0);
  return total('all') === 0 ? null : total('right') / total('all');
}

/** Mean over lists of the rank correlation of predicted and exact changes; null where no list has one. */
function rankWithinLists({ cells, listOf }: Agreement, key: string, settings: IntervalSettings) {
  const lists = [...Map.groupBy(cells, ({ sample_id }) => sample_id)];
  const rows = lists.flatMap(([id, list]) => {
    const correlation = rankCorrelation(
      list.map(({ predicted }) => predicted),
      list.map(({ effect }) => effect),
    );
    return correlation === null ? [] : [{ topic: listOf.get(id)!.topic, correlation }];
  });
  if (rows.length === 0) return null;
  const value = (row: (typeof rows)[number]) => row.correlation;
  const cluster = (row: (typeof rows)[number]) => row.topic;
  return clusterMean({ rows, value, cluster }, `rank correlation ${key}`, settings);
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
