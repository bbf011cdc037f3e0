import type { AgreementRow } from '../../schema/attribution-agreement.ts';
import { METHODS, type Method, type Path } from '../../schema/attribution-columns.ts';
import type { attributionSums } from '../../schema/attribution-sums.ts';
import type { ExactEffectRow } from '../../schema/exact-effects.ts';
import type { Row } from '../../schema/table.ts';
import type { IntervalSettings } from '../../stats/estimate.ts';
import type { ListRow } from '../lists-by-id.ts';
import { massOf, type PredictedEffect, rankWithinLists, signByMass } from '../predicted-effects.ts';

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

interface Cell extends PredictedEffect {
  readonly pos: number;
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
const measuresOf = (
  { cells, listOf, group, method }: Agreement,
  where: string,
  settings: IntervalSettings,
) => {
  const topicOf = (id: string) => listOf.get(id)!.topic;
  const key = `${group} ${method} ${where}`;
  return {
    sign: signByMass(cells, topicOf, { key, settings }),
    rank: rankWithinLists(cells, topicOf, { key, settings }),
  };
};

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
