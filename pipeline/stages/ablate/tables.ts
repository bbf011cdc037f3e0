import type { TableAccess } from '../../engine/stage.ts';
import { ablationContrasts, type ContrastRow } from '../../schema/ablation-contrasts.ts';
import { ablationEdits } from '../../schema/ablation-edits.ts';
import { ablationEffects, type EffectRow } from '../../schema/ablation-effects.ts';
import { ablationMetric } from '../../schema/ablation-metric.ts';
import { ablations } from '../../schema/ablations.ts';
import { predictionQuality } from '../../schema/prediction-quality.ts';
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
import { type MeasuredOutcome, measuredOf, type Outcome } from './outcome.ts';
import { qualityRows } from './prediction-quality.ts';
import type { Target } from './target.ts';

/** What the lists of every SAE are compared with, and how. */
export interface Comparison {
  readonly unedited: Unedited;
  /** The metric of every list without an edit. */
  readonly cleanMetrics: ReadonlyMap<Target, number>;
  readonly settings: EffectSettings;
}

/** What the tables of all SAEs together are made from, as it grows. */
export interface AblationTables {
  readonly outcomes: MeasuredOutcome[];
  readonly effects: EffectRow[];
  readonly contrasts: ContrastRow[];
}

/** Write the lists without edits: tables hold nothing else yet. @returns the lists without text and tokens */
export function startTables(
  lists: Readonly<Record<keyof Unedited, readonly Outcome[]>>,
  write: TableAccess['write'],
): Unedited {
  for (const table of [ablations, ablationEdits, ablationMetric, predictionQuality])
    write(table, []);
  return {
    baselines: writeOutcomes(lists.baselines, write),
    resampled: writeOutcomes(lists.resampled, write),
  };
}

/** What the tables of all SAEs together are made from, of the lists without edits. */
export const startEffects = ({ unedited, settings }: Comparison): AblationTables => ({
  outcomes: [...unedited.baselines, ...unedited.resampled],
  effects: effectRows(unedited.resampled, unedited, settings),
  contrasts: [],
});

function writeOutcomes(
  outcomes: readonly Outcome[],
  write: TableAccess['write'],
): MeasuredOutcome[] {
  write(
    ablations,
    outcomes.map(({ row }) => row),
  );
  return outcomes.map(measuredOf);
}

/** Write the rows of one SAE, and append what those of all SAEs together need. */
export function appendSae(
  { out, write }: { readonly out: AblationTables; readonly write: TableAccess['write'] },
  saeId: string,
  { outcomes: written, edits, metric }: SaeAblations,
  { unedited, cleanMetrics, settings }: Comparison,
): void {
  const outcomes = writeOutcomes(written, write);
  write(ablationEdits, edits);
  write(ablationMetric, metric);
  write(predictionQuality, qualityRows(metric, saeId));
  out.outcomes.push(...outcomes);
  out.effects.push(...effectRows(outcomes, unedited, settings));
  out.effects.push(...forcedEffectRows(metric, cleanMetrics, settings));
  const topicOf = topicsById([...cleanMetrics.keys()].map(({ list }) => list));
  out.contrasts.push(...writtenContrasts(saeId, outcomes, settings));
  out.contrasts.push(...forcedContrasts(saeId, metric, topicOf, settings));
}

/** Write the tables of all SAEs together. */
export function writeTables(
  out: AblationTables,
  { unedited, settings }: Comparison,
  write: TableAccess['write'],
): void {
  const pooled = pooledEffectRows(out.outcomes, unedited, settings);
  write(ablationEffects, adjustEffects([...out.effects, ...pooled]));
  write(ablationContrasts, adjustContrasts(out.contrasts));
}
