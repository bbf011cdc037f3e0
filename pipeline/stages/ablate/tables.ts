import type { TableAccess } from '../../engine/stage.ts';
import { ablationContrasts, type ContrastRow } from '../../schema/ablation-contrasts.ts';
import { ablationEdits, type EditRow } from '../../schema/ablation-edits.ts';
import { ablationEffects, type EffectRow } from '../../schema/ablation-effects.ts';
import { ablationMetric, type MetricRow } from '../../schema/ablation-metric.ts';
import { ablations } from '../../schema/ablations.ts';
import { predictionQuality, type QualityRow } from '../../schema/prediction-quality.ts';
import { topicsById } from '../lists-by-id.ts';
import type { SaeAblations } from './ablate-sae.ts';
import type { Unedited } from './comparisons.ts';
import { adjustContrasts, forcedContrasts, writtenContrasts } from './contrasts.ts';
import {
  adjustEffects,
  type EffectSettings,
  effectRows,
  forcedEffectRows,
  pooledEffectRows,
} from './effects.ts';
import type { Outcome } from './outcome.ts';
import { qualityRows } from './prediction-quality.ts';
import type { Target } from './target.ts';

/** What the lists of every SAE are compared with, and how. */
export interface Comparison {
  readonly unedited: Unedited;
  /** The metric of every list without an edit. */
  readonly cleanMetrics: ReadonlyMap<Target, number>;
  readonly settings: EffectSettings;
}

/** The rows of the stage's tables, as they grow. */
export interface AblationTables {
  readonly outcomes: Outcome[];
  readonly edits: EditRow[];
  readonly metric: MetricRow[];
  readonly effects: EffectRow[];
  readonly contrasts: ContrastRow[];
  readonly quality: QualityRow[];
}

/** Tables that hold the lists without edits and nothing else yet. */
export const startTables = ({ unedited, settings }: Comparison): AblationTables => ({
  outcomes: [...unedited.baselines, ...unedited.resampled],
  edits: [],
  metric: [],
  effects: effectRows(unedited.resampled, unedited, settings),
  contrasts: [],
  quality: [],
});

/** Append the rows of one SAE. */
export function appendSae(
  out: AblationTables,
  saeId: string,
  { outcomes, edits, metric }: SaeAblations,
  { unedited, cleanMetrics, settings }: Comparison,
): void {
  out.outcomes.push(...outcomes);
  out.edits.push(...edits);
  out.metric.push(...metric);
  out.effects.push(...effectRows(outcomes, unedited, settings));
  out.effects.push(...forcedEffectRows(metric, cleanMetrics, settings));
  const topicOf = topicsById([...cleanMetrics.keys()].map(({ list }) => list));
  out.contrasts.push(...writtenContrasts(saeId, outcomes, settings));
  out.contrasts.push(...forcedContrasts(saeId, metric, topicOf, settings));
  out.quality.push(...qualityRows(metric, saeId));
}

/** Write the tables, with the effects of all SAEs together. */
export function writeTables(
  out: AblationTables,
  { unedited, settings }: Comparison,
  write: TableAccess['write'],
): void {
  write(
    ablations,
    out.outcomes.map(({ row }) => row),
  );
  write(ablationEdits, out.edits);
  write(ablationMetric, out.metric);
  const pooled = pooledEffectRows(out.outcomes, unedited, settings);
  write(ablationEffects, adjustEffects([...out.effects, ...pooled]));
  write(ablationContrasts, adjustContrasts(out.contrasts));
  write(predictionQuality, out.quality);
}
