import type { ExternalTensor } from '../graph/external-tensor.ts';
import { sizeOf } from '../graph/tensor.ts';
import { nameShown } from '../schema/one-line.ts';
import { type Checkpoint, isFloating, readPart } from '../sources/formats/safetensors.ts';
import type { Architecture } from './architecture.ts';
import type { ArchitectureRecord } from './architecture-record.ts';
import { EMBEDDING, LM_HEAD } from './weight-names.ts';

/**
 * The weights of an architecture in a checkpoint, under the architecture's names.
 * @throws one line with the file and the tensor: one that is missing, has another shape or no floating type, or one that
 *   config.json does not imply, because it may change the model's output
 */
export function weightsIn(
  checkpoint: Checkpoint,
  { weights }: Architecture,
  { tensorName = (name) => name }: ArchitectureRecord,
): Checkpoint {
  const { dir } = checkpoint;
  const tensors = new Map<string, ExternalTensor>();
  for (const [stored, slice] of checkpoint.tensors) {
    const name = tensorName(stored);
    if (name === null || UNUSED.test(name)) continue;
    if (tensors.has(name)) throw new Error(`${slice.file}: ${name} occurs twice: ${REMEDY}`);
    if (!weights.has(name) && name !== LM_HEAD)
      throw new Error(
        `${slice.file}: unexpected tensor ${nameShown(stored)}, which may change the model's output: ${REMEDY}`,
      );
    tensors.set(name, slice);
  }
  for (const [name, dims] of weights) checkWeight(dir, name, dims, tensors.get(name));
  return { dir, tensors };
}

/** Rotary frequencies, which old versions of transformers stored; all versions compute them. */
const UNUSED = /\.rotary_emb\.inv_freq$/;

function checkWeight(
  dir: string,
  name: string,
  dims: readonly number[],
  slice: ExternalTensor | undefined,
): void {
  if (!slice) throw new Error(`missing tensor: ${name} in ${dir}: ${REMEDY}`);
  if (slice.dims.join() !== dims.join())
    throw new Error(
      `${dir}: ${name} has shape [${slice.dims}], expected [${dims}] by config.json: ${REMEDY}`,
    );
  if (!isFloating(slice.dtype))
    throw new Error(`${dir}: ${name} has the type ${slice.dtype}, expected a float: ${REMEDY}`);
}

/**
 * A checkpoint of a model with tied embeddings may contain `lm_head.weight` if it equals the embedding.
 * @throws if it differs: versions of transformers disagree on which of the two matrices to use
 */
export function assertTied({ weights }: Architecture, { tensors }: Checkpoint): void {
  const head = tensors.get(LM_HEAD);
  if (!head || weights.has(LM_HEAD) || areEqual(head, tensors.get(EMBEDDING)!)) return;
  throw new Error(
    `${head.file}: ${LM_HEAD} differs from ${EMBEDDING}, config.json ties them: set tie_word_embeddings to false to use it`,
  );
}

function areEqual(a: ExternalTensor, b: ExternalTensor): boolean {
  if (a.dtype !== b.dtype || a.dims.join() !== b.dims.join()) return false;
  const size = sizeOf(a.dims);
  for (let start = 0; start < size; start += PART) {
    const length = Math.min(PART, size - start);
    if (Buffer.compare(readPart(a, start, length), readPart(b, start, length)) !== 0) return false;
  }
  return true;
}

/** Number of values compared at once. */
const PART = 2 ** 24;

const REMEDY = 'fetch or train the model again';
