import type { ModelDims } from '../../../schema/model-dims.ts';
import type { TensorSource } from '../write-safetensors.ts';
import type { GgufArchitecture } from './architectures.ts';
import type { GgufModel } from './config.ts';
import { type GgufFile, type GgufTensor, REFETCH } from './header.ts';
import { REMEDY } from './metadata.ts';

/** How stored values become Hugging Face's. */
interface Change {
  /** Rows of each head that stand as rotated pairs are put back into two halves; null where they are not so. */
  readonly pairedRowsOfHead: number | null;
  /** What is taken away from each value. */
  readonly offset: number;
}

/** A tensor that the architecture has, under both names. */
interface Expected {
  readonly stored: string;
  readonly name: string;
  readonly dims: readonly number[];
  readonly change: Change;
}

/** Whether logits are products with the embedding: the file then has no matrix of their own. */
export const isTied = ({ tensors }: GgufFile): boolean => !tensors.has(UNEMBEDDING);

/**
 * The tensors of a GGUF file as Hugging Face's checkpoints have them, as float32. Each is read and dequantised as it is
 * written, some megabytes at a time.
 * @throws one line that names the file and the tensor: one that is missing, not known, or of another shape; and, as it
 *   is read, one with a value that is not finite
 */
export function float32Tensors(file: GgufFile, model: GgufModel): TensorSource[] {
  const expected = expectedTensors(model, isTied(file));
  const known = new Set(expected.map(({ stored }) => stored));
  for (const name of file.tensors.keys())
    if (!known.has(name))
      throw new Error(`${file.path}: tensor ${name}: ${unknownTensor(name, model)}: ${REMEDY}`);
  return expected.map((each) => source(file, each));
}

const UNEMBEDDING = 'output.weight';

const unknownTensor = (name: string, { architecture }: GgufModel): string =>
  name === 'rope_freqs.weight'
    ? 'scaled rotations by frequency are not read'
    : `not known in the architecture ${architecture.name}`;

function source(file: GgufFile, { stored, name, dims, change }: Expected): TensorSource {
  const tensor = file.tensors.get(stored);
  if (!tensor) throw new Error(`${file.path}: no tensor ${stored}: ${REFETCH}`);
  if (tensor.dims.join() !== dims.join())
    throw new Error(
      `${file.path}: tensor ${stored} has shape [${tensor.dims}], the metadata make it [${dims}]: ${REMEDY}`,
    );
  return { name, dtype: 'float32', dims, parts: () => float32Parts(file, tensor, change) };
}

const AS_STORED: Change = { pairedRowsOfHead: null, offset: 0 };

/** Every tensor of a model, in the order of the layers. */
function expectedTensors({ architecture, sizes }: GgufModel, tied: boolean): Expected[] {
  const { dModel, dVocab, nLayers } = sizes;
  const norm = { ...AS_STORED, offset: architecture.normOffset };
  const whole = (stored: string, name: string, dims: readonly number[], change = AS_STORED) => ({
    stored,
    name,
    dims,
    change,
  });
  const modules = layerModules(architecture, sizes);
  const layers = Array.from({ length: nLayers }, (_, layer) =>
    modules.map(({ stored, name, ...rest }) => ({
      stored: `blk.${layer}.${stored}`,
      name: `model.layers.${layer}.${name}`,
      ...rest,
    })),
  );
  return [
    whole('token_embd.weight', 'model.embed_tokens.weight', [dVocab, dModel]),
    ...layers.flat(),
    whole('output_norm.weight', 'model.norm.weight', [dModel], norm),
    ...(tied ? [] : [whole(UNEMBEDDING, 'lm_head.weight', [dVocab, dModel])]),
  ];
}

/** The tensors of one layer, below `blk.N` and `model.layers.N`. */
function layerModules(architecture: GgufArchitecture, sizes: ModelDims): Expected[] {
  const { dModel, dHead, dMlp, nHeads, nKeyValueHeads } = sizes;
  const [dQuery, dKey] = [nHeads * dHead, nKeyValueHeads * dHead];
  const rotated = { offset: 0, pairedRowsOfHead: architecture.pairsRotated ? dHead : null };
  const norm = { ...AS_STORED, offset: architecture.normOffset };
  const weight = (stored: string, path: string, dims: number[], change = AS_STORED): Expected => ({
    stored: `${stored}.weight`,
    name: `${path}.weight`,
    dims,
    change,
  });
  const matrices = [
    weight('attn_q', 'self_attn.q_proj', [dQuery, dModel], rotated),
    weight('attn_k', 'self_attn.k_proj', [dKey, dModel], rotated),
    weight('attn_v', 'self_attn.v_proj', [dKey, dModel]),
    weight('attn_output', 'self_attn.o_proj', [dModel, dQuery]),
    weight('ffn_gate', 'mlp.gate_proj', [dMlp, dModel]),
    weight('ffn_up', 'mlp.up_proj', [dMlp, dModel]),
    weight('ffn_down', 'mlp.down_proj', [dModel, dMlp]),
  ];
  const biases = architecture.biases ? matrices.slice(0, 3).map(biasOf) : [];
  const norms = Object.entries(architecture.norms).map(([stored, [path, over]]) =>
    weight(stored, path, [over === 'head' ? dHead : dModel], norm),
  );
  return [weight('attn_norm', 'input_layernorm', [dModel], norm), ...matrices, ...biases, ...norms];
}

const biasOf = ({ stored, name, dims, change }: Expected): Expected => ({
  stored: stored.replace(/weight$/, 'bias'),
  name: name.replace(/weight$/, 'bias'),
  dims: dims.slice(0, 1),
  change,
});

/** Values that are dequantised together. */
const PART = 2 ** 22;

/** A tensor's values in order: whole rows, by heads where these are put back in order. */
function* float32Parts(
  { path, read }: GgufFile,
  tensor: GgufTensor,
  { pairedRowsOfHead, offset }: Change,
): Generator<Uint8Array> {
  const [rows, width] =
    tensor.dims.length === 1 ? [1, tensor.dims[0]!] : [tensor.dims[0]!, tensor.dims[1]!];
  const rowBytes = tensor.bytes / rows;
  const step = pairedRowsOfHead ?? Math.max(1, Math.floor(PART / width));
  for (let row = 0; row < rows; row += step) {
    const count = Math.min(step, rows - row);
    const stored = read(tensor.offset + row * rowBytes, count * rowBytes);
    const inOrder = pairedRowsOfHead === null ? stored : halvesFromPairs(stored, rowBytes);
    const values = tensor.type.dequantise(inOrder);
    if (offset !== 0) for (let i = 0; i < values.length; i++) values[i]! -= offset;
    assertFinite(values, path, tensor.name);
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

/** The rows of one head: of 0, h, 1, h + 1, … (h half of them) to 0, 1, …, h, h + 1, …. */
function halvesFromPairs(rows: Uint8Array, rowBytes: number): Uint8Array {
  const half = rows.length / rowBytes / 2;
  const inOrder = new Uint8Array(rows.length);
  for (let row = 0; row < 2 * half; row++) {
    const from = row < half ? 2 * row : 2 * (row - half) + 1;
    inOrder.set(rows.subarray(from * rowBytes, (from + 1) * rowBytes), row * rowBytes);
  }
  return inOrder;
}

function assertFinite(values: Float32Array, path: string, name: string): void {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
  if (sum !== 0)
    throw new Error(`${path}: tensor ${name} has a value that is not finite: ${REFETCH}`);
}
