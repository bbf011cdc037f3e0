import type { TableAccess } from '../../engine/stage.ts';
import { ablationEdits, type EditRow } from '../../schema/ablation-edits.ts';
import { ablationEffects, type EffectRow } from '../../schema/ablation-effects.ts';
import { ablationMetric, type MetricRow } from '../../schema/ablation-metric.ts';
import { ablations } from '../../schema/ablations.ts';
import { predictionQuality, type QualityRow } from '../../schema/prediction-quality.ts';
import type { SaeAblations } from './ablate-sae.ts';
import { qualityRows } from './forced-metric.ts';
import type { Outcome } from './outcome.ts';

/** The rows of the stage's tables, as they grow. */
export interface AblationTables {
  readonly outcomes: Outcome[];
  readonly edits: EditRow[];
  readonly metric: MetricRow[];
  readonly effects: EffectRow[];
  readonly quality: QualityRow[];
}

/** Tables that hold the baselines and nothing else yet. */
export const startTables = (baselines: readonly Outcome[]): AblationTables => ({
  outcomes: [...baselines],
  edits: [],
  metric: [],
  effects: [],
  quality: [],
});

export function appendSae(
  out: AblationTables,
  saeId: string,
  { edits, metric }: SaeAblations,
): void {
  out.edits.push(...edits);
  out.metric.push(...metric);
  out.quality.push(...qualityRows(metric, saeId));
}

export function writeTables(out: AblationTables, write: TableAccess['write']): void {
  write(
    ablations,
    out.outcomes.map(({ row }) => row),
  );
  write(ablationEdits, out.edits);
  write(ablationMetric, out.metric);
  write(ablationEffects, out.effects);
  write(predictionQuality, out.quality);
}
