import { type EditedReading, measureMetric } from '../../interp/measured-metric.ts';
import { zeroAblate } from '../../interp/zero-ablation.ts';
import type { Sae } from '../../sae/sae.ts';
import { PROTOCOLS, type Protocol } from '../../schema/ablation-columns.ts';
import type { MetricRow } from '../../schema/ablation-metric.ts';
import type { QualityRow } from '../../schema/prediction-quality.ts';
import { rankCorrelation } from '../../stats/rank-correlation.ts';
import type { Edits } from './edits.ts';
import type { Target } from './target.ts';
import type { Setting } from './write-lists.ts';

/** One list with what one protocol zeroes in it. */
export interface Planned {
  readonly target: Target;
  readonly protocol: Protocol;
  readonly edits: Edits;
}

/** The metric of every list as it is. */
export async function measureClean(
  at: Setting,
  targets: readonly Target[],
): Promise<Map<Target, number>> {
  const readings = targets.map((target) => readingOf(at, target, []));
  const metrics = await measureMetric(at.reader, ANY_HOOK, readings);
  return new Map(targets.map((target, i) => [target, metrics[i]!]));
}

/** What zeroing the study's k features does to the metric of each list, on its own tokens, beside what was predicted. */
export async function measureEffects(
  at: Setting,
  sae: Sae,
  planned: readonly Planned[],
  clean: ReadonlyMap<Target, number>,
): Promise<MetricRow[]> {
  const { k } = at.study.ablation;
  const cells = planned.map(({ target, protocol, edits }) => {
    return { target, protocol, chosen: edits.ablated.slice(0, k) };
  });
  const edited = cells.filter(({ chosen }) => chosen.length > 0);
  const readings = edited.map(({ target, chosen }) =>
    readingOf(at, target, zeroAblate(at.reader, sae, chosen)),
  );
  const metrics = await measureMetric(at.reader, sae.outputHook, readings);
  const after = new Map(edited.map((cell, i) => [cell, metrics[i]!]));
  return cells.map((cell) => {
    const { target, protocol, chosen } = cell;
    const before = clean.get(target)!;
    return {
      sample_id: target.list.sample_id,
      sae_id: sae.id,
      protocol,
      k,
      n_edits: chosen.length,
      predicted: 0 - chosen.reduce((sum, { attribution }) => sum + attribution!, 0),
      measured: (after.get(cell) ?? before) - before,
    };
  });
}

/** Over the lists in which anything is zeroed. */
export const qualityRows = (rows: readonly MetricRow[], saeId: string): QualityRow[] =>
  PROTOCOLS.map((protocol) => {
    const of = rows.filter((row) => row.protocol === protocol && row.n_edits > 0);
    const [predicted, measured] = [of.map((row) => row.predicted), of.map((row) => row.measured)];
    const agreeing = of.filter((row) => Math.sign(row.predicted) === Math.sign(row.measured));
    return {
      sae_id: saeId,
      protocol,
      rank_correlation: rankCorrelation(predicted, measured),
      sign_agreement: of.length === 0 ? null : agreeing.length / of.length,
      mean_predicted: mean(predicted),
      mean_measured: mean(measured),
      n: of.length,
    };
  });

/** Nothing is added there. */
const ANY_HOOK = 'blocks.0.hook_resid_post';

const readingOf = (
  { pair }: Setting,
  { list, metricPos }: Target,
  additions: EditedReading['additions'],
): EditedReading => ({ ids: list.token_ids, metricPos, pair, additions });

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
