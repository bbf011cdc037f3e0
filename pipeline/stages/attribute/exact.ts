import type { AttributedFeature } from '../../interp/attribution/attribution-rows.ts';
import { exactEffects } from '../../interp/attribution/exact-effects.ts';
import type { Reader } from '../../interp/reader.ts';
import type { SaeFile } from '../../sae/sae.ts';
import type { Method } from '../../schema/attribution-columns.ts';
import type { ExactEffectRow } from '../../schema/exact-effects.ts';
import type { Pass } from './readings.ts';
import { type AttributedList, positionKey } from './rows.ts';

/** A feature at one position whose exact effect is measured. */
export interface ChosenCell
  extends AttributedFeature,
    Pick<ExactEffectRow, 'sample_id' | 'sae_id' | 'path'> {
  /** The metric of the list as it is. */
  readonly metric: number;
}

/**
 * The features of one list with the largest magnitudes by either method, so many of each in the prompt and in all of the
 * list. Those without any are left out.
 */
export function strongestCells(
  { key, path, row }: AttributedList,
  { cells, promptLength }: { readonly cells: number; readonly promptLength: number },
): ChosenCell[] {
  const { sample_id, sae_id } = key;
  const strongest = [row.byMagnitude, row.byGradient]
    .flatMap((ranking) => [ranking, ranking.filter(({ pos }) => pos < promptLength)])
    .flatMap((ranking) => ranking.slice(0, cells))
    .filter(({ attribution, gradient }) => attribution !== 0 || gradient !== 0);
  const metric = row.metrics.end;
  return [...new Map(strongest.map((feature) => [positionKey(feature), feature])).values()].map(
    (feature) => ({ ...feature, sample_id, sae_id, path, metric }),
  );
}

/**
 * The exact effect of each chosen feature of one SAE.
 * @param pass any that has the lists, with the metric that was attributed
 */
export async function exactRows(
  reader: Reader,
  file: SaeFile,
  chosen: readonly ChosenCell[],
  { pass, method }: { readonly pass: Pass; readonly method: Method },
): Promise<ExactEffectRow[]> {
  const readingOf = new Map(pass.readings.map((reading) => [reading.sample_id, reading]));
  const cells = chosen.map((cell) => ({ ...cell, reading: readingOf.get(cell.sample_id)! }));
  const effects = await exactEffects(reader, await file.load(), cells);
  return chosen.map(({ sample_id, sae_id, path, ...cell }, i) => ({
    sample_id,
    sae_id,
    path,
    pos: cell.pos,
    feature: cell.feature,
    feature_act: cell.featureAct,
    value: cell.startAct,
    gradient: cell.gradient,
    integrated: method === 'integrated' ? cell.attribution : null,
    effect: effects[i]!,
  }));
}
