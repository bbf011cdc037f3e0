import { int64 } from '../../graph/tensor.ts';
import type { Batch } from '../../runtime/batch.ts';
import { floats } from '../../runtime/outputs.ts';
import type { Feeds, Session } from '../../runtime/session.ts';
import type { ActiveFeature } from '../set-features.ts';
import type { AttributionRow } from './attribution-rows.ts';

/** A feature whose value changes along a path, at one position. */
export interface PooledFeature extends ActiveFeature {
  /** Its value where the path starts: 0, or that after the swapped prompt. */
  readonly startAct: number;
  readonly attribution: number;
}

/**
 * For each sequence of a batch, every feature that changes at the positions at which a feature is among the most
 * attributed of a part: what these features are compared with.
 * @param session of `poolGraph`
 * @param feeds of all its inputs but `rows`
 */
export async function readPool(
  session: Session,
  feeds: Feeds,
  rows: readonly AttributionRow[],
  { batch, dSae }: { readonly batch: Batch; readonly dSae: number },
): Promise<PooledFeature[][]> {
  const positions = rows.map(({ byPart: { prompt, prefix } }) => [
    ...new Set([...prompt, ...prefix].map(({ pos }) => pos)),
  ]);
  const indices = batch.indices(positions);
  if (indices.length === 0) return rows.map(() => []);
  const outputs = await session.run({ ...feeds, rows: int64(indices, [indices.length]) });
  const [acts, attributions] = [floats(outputs, 'acts'), floats(outputs, 'attributions')];
  const startActs = 'start acts' in outputs ? floats(outputs, 'start acts') : null;
  let nRead = 0; // rows of the outputs: the positions of all sequences, in order
  return positions.map((ofSequence) =>
    ofSequence.flatMap((pos) => {
      const from = nRead++ * dSae;
      const features = Array.from({ length: dSae }, (_, feature) => ({
        pos,
        feature,
        featureAct: acts[from + feature]!,
        startAct: startActs?.[from + feature] ?? 0,
        attribution: attributions[from + feature]!,
      }));
      return features.filter(({ featureAct, startAct }) => featureAct !== startAct);
    }),
  );
}
