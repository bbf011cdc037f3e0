import type { GraphUse } from '../../graph/graph-use.ts';
import { largestMemoryUse, totalUse } from '../../graph/memory-use.ts';
import type { Reader } from '../../interp/reader.ts';

/** MB that the largest of some graphs needs, at the reader's batch size, by the plan that also sets batch sizes. */
export const plannedMemory = (
  { model, batchSize }: Pick<Reader, 'model' | 'batchSize'>,
  uses: readonly GraphUse[],
): number =>
  Math.max(
    ...uses.map(({ graph, sizes }) =>
      totalUse(largestMemoryUse(graph(), sizes(batchSize), model.dims.dVocab)),
    ),
  ) / 1e6;
