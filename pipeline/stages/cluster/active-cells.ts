import { featureActivations } from '../../interp/feature-activations.ts';
import type { Reader, Sequence } from '../../interp/reader.ts';
import type { SaeFile } from '../../sae/sae.ts';
import type { Cell } from './map-sae.ts';

/** A list that is mapped. */
export interface MappedList extends Sequence {
  readonly sample_id: string;
}

/** An SAE with the features that are mapped: those among the most attributed of any list. */
export interface MappedSae {
  readonly sae: SaeFile;
  readonly features: readonly number[];
}

/**
 * The cells of each SAE's map: the greatest activation of each mapped feature in each list in which it is active, whether or
 * not it is among the most attributed there.
 * @param onProgress is given the number of lists that are done
 * @returns by SAE id
 */
export async function activeCells(
  reader: Reader,
  mapped: readonly MappedSae[],
  lists: readonly MappedList[],
  onProgress: (done: number) => void,
): Promise<Map<string, Cell[]>> {
  const cellsOf = new Map(mapped.map(({ sae }) => [sae.id, [] as Cell[]]));
  const featuresOf = new Map(mapped.map(({ sae, features }) => [sae.id, features]));
  await featureActivations(reader, mapped, lists, {
    onRow: ({ sae, sequence, acts }) => {
      const { sample_id } = lists[sequence]!;
      const cells = cellsOf.get(sae.id)!;
      featuresOf.get(sae.id)!.forEach((feature, f) => {
        const value = greatest(acts, f, sae.dSae);
        if (value > 0) cells.push({ sample_id, feature, value });
      });
    },
    onProgress,
  });
  return cellsOf;
}

/** The greatest of one feature's activations. @param acts [position, width], row-major */
function greatest(acts: Float32Array, feature: number, width: number): number {
  let most = 0;
  for (let i = feature; i < acts.length; i += width) most = Math.max(most, acts[i]!);
  return most;
}
