import type { ActiveFeature } from '../set-features.ts';
import type { AttributionPass, AttributionReading, RankingLengths } from './attribution-reading.ts';
import { type AttributionRow, attributionRow, type BatchAttribution } from './attribution-rows.ts';

/** A feature whose value changes along a path, at one position. */
export interface PooledFeature extends ActiveFeature {
  /** Its value where the path starts: 0, or that after the swapped prompt. */
  readonly startAct: number;
  readonly attribution: number;
}

/** What is found in one sequence. */
export interface PooledRow extends AttributionRow {
  /** As `poolOf` gives it; empty where the pass does not ask for it. */
  readonly pool: readonly PooledFeature[];
}

/** One row for each sequence of a batch. */
export const pooledRows = (
  of: BatchAttribution,
  sequences: readonly AttributionReading[],
  { pass, tops }: { readonly pass: AttributionPass; readonly tops: RankingLengths },
): PooledRow[] =>
  sequences.map(({ lengths }, i) => {
    const row = attributionRow(of, i, lengths, tops);
    return { ...row, pool: pass.pooled ? poolOf(of, i, row) : [] };
  });

/**
 * Every feature of one sequence that changes at the positions at which a feature is among the most attributed of a part:
 * what these features are compared with.
 */
function poolOf(
  { attribution: { cells, attributions }, places }: BatchAttribution,
  row: number,
  { byPart: { prompt, prefix } }: Pick<AttributionRow, 'byPart'>,
): PooledFeature[] {
  const positions = new Set([...prompt, ...prefix].map(({ pos }) => pos));
  return [...positions].flatMap((pos) => {
    const place = places.place(row, pos);
    const [start, end] = [cells.starts[place]!, cells.starts[place + 1]!];
    const features = Array.from({ length: end - start }, (_, i) => ({
      pos,
      feature: cells.features[start + i]!,
      featureAct: cells.acts[start + i]!,
      startAct: cells.startActs[start + i]!,
      attribution: attributions[start + i]!,
    }));
    return features.filter(({ featureAct, startAct }) => featureAct !== startAct);
  });
}
