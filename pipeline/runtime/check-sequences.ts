import type { Graph } from '../graph/builder.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Model } from '../models/model.ts';

/** What a model can be given. */
export type ModelLimits = Pick<Model, 'dims' | 'maxPositions'>;

/**
 * Check sequences before anything runs.
 * @throws one line, where a sequence is longer than the model's context, or has a token that the model does not have
 */
export function assertFits(
  { dims, maxPositions }: ModelLimits,
  sequences: readonly { readonly ids: readonly number[] }[],
): void {
  for (const { ids } of sequences) {
    if (ids.length > maxPositions)
      throw new Error(
        `a sequence of ${ids.length} tokens: the model has ${maxPositions} positions (max_position_embeddings): use shorter sequences`,
      );
    const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= dims.dVocab);
    if (unknown !== undefined)
      throw new Error(
        `token id ${unknown}: the model has ${dims.dVocab} tokens, from 0 on (vocab_size): use the tokenizer of this model`,
      );
  }
}

/**
 * Check what a graph is fed with against its limits: on the CPU an index outside of a table is an error of the runtime, on
 * a GPU it is another row.
 * @throws one line with the first index outside
 */
export function assertIndices(
  { indexLimits }: Graph,
  feeds: Readonly<Record<string, Tensor>>,
): void {
  for (const { input, end, noun, remedy } of indexLimits) {
    const indices: Iterable<number | bigint> = feeds[input.name]?.data ?? [];
    for (const index of indices)
      if (index < 0 || index >= end)
        throw new Error(
          `${noun} ${index} in the input ${input.name}: there are ${end}, from 0 to ${end - 1}: ${remedy}`,
        );
  }
}
