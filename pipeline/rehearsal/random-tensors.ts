import { bfloat16ToFloat32, float32ToBfloat16, sizeOf } from '../graph/tensor.ts';
import { architectureOf } from '../models/architecture-of.ts';
import { gemma2 } from '../models/gemma2.ts';
import type { TensorSource } from '../sources/formats/write-safetensors.ts';
import type { Transition } from './list-process.ts';
import { normalNoise, sliceRepeated } from './noise.ts';
import { type PlantedNeurons, plantNeurons } from './planted-mlp.ts';

/** The fields of Gemma 2's config.json that its weights depend on. */
export interface Gemma2Sizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly final_logit_softcapping: number;
}

/**
 * Random bfloat16 weights for every tensor of a Gemma 2, in the order of its architecture. Embeddings have norm 1, other
 * matrices preserve the RMS of their input. Each sublayer adds little to the residual stream, except the last MLP, whose
 * planted neurons implement a process.
 */
export function randomTensors(
  config: Gemma2Sizes,
  seed: number,
  process: readonly Transition[],
): TensorSource[] {
  const { weights } = architectureOf(gemma2, config, 'config.json');
  const noise = normalNoise(seed, 'weights');
  const blocks = new Map<number, Uint16Array<ArrayBuffer>>();
  const block = (std: number) => {
    const cached = blocks.get(std) ?? float32ToBfloat16(noise.map((x) => x * std));
    blocks.set(std, cached);
    return cached;
  };
  const neurons = plantProcess(config, process, block(config.hidden_size ** -0.5));
  let start = 0;
  return [...weights].map(([name, dims]): TensorSource => {
    const [from, size] = [start, sizeOf(dims)];
    start += size;
    const edit = editOf(name, config, neurons);
    return {
      name,
      dtype: 'bfloat16',
      dims,
      parts: function* () {
        if (dims.length === 1) yield bytesOf(constant(size, normWeight(name, config)));
        else if (edit !== undefined)
          yield bytesOf(edit(sliceRepeated(block(dims[1]! ** -0.5), from, size)));
        else
          for (let offset = 0; offset < size; offset += CHUNK)
            yield bytesOf(
              sliceRepeated(block(dims[1]! ** -0.5), from + offset, Math.min(CHUNK, size - offset)),
            );
      },
    };
  });
}

/** Values that are written at once. */
const CHUNK = 2 ** 24;

/** RMS of a sublayer's output, relative to the initial residual stream's: of every sublayer but the last, and of the last. */
const SMALL_UPDATE = 0.05;
const LARGE_UPDATE = 4;

/** The weight of a norm; Gemma 2 stores weights as differences from 1. */
function normWeight(name: string, { num_hidden_layers: n }: Gemma2Sizes): number {
  if (name === `model.layers.${n - 1}.post_feedforward_layernorm.weight`) return LARGE_UPDATE - 1;
  return /post_(attention|feedforward)_layernorm/.test(name) ? SMALL_UPDATE - 1 : 0;
}

const constant = (size: number, value: number) =>
  float32ToBfloat16(new Float32Array(size).fill(value));

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** @param embeddings the repeated block of the embedding matrix, which is the first tensor */
function plantProcess(
  { hidden_size: dModel, intermediate_size: dMlp, final_logit_softcapping: softcap }: Gemma2Sizes,
  process: readonly Transition[],
  embeddings: Uint16Array<ArrayBuffer>,
): PlantedNeurons {
  return plantNeurons(process, {
    dModel,
    dMlp,
    softcap,
    norm: (Math.sqrt(dModel) * LARGE_UPDATE) / Math.hypot(1, LARGE_UPDATE),
    temperature: TEMPERATURE,
    embedding: (id) => bfloat16ToFloat32(sliceRepeated(embeddings, id * dModel, dModel)),
  });
}

/** Sampling temperature at which the model's probabilities are those of the process. */
const TEMPERATURE = 0.8;

type Edit = (data: Uint16Array<ArrayBuffer>) => Uint16Array<ArrayBuffer>;

/** The edit that plants the neurons in a tensor of the last layer's MLP; undefined for any other tensor. */
function editOf(
  name: string,
  { num_hidden_layers: n, hidden_size: d, intermediate_size: dMlp }: Gemma2Sizes,
  { gate, up, down }: PlantedNeurons,
): Edit | undefined {
  const prefix = `model.layers.${n - 1}.mlp.`;
  const setRows = (rows: readonly Float32Array[]) => (data: Uint16Array<ArrayBuffer>) => {
    rows.forEach((row, i) => {
      data.set(float32ToBfloat16(row), i * d);
    });
    return data;
  };
  const setColumns = (columns: readonly Float32Array[]) => (data: Uint16Array<ArrayBuffer>) => {
    columns.forEach((column, i) => {
      float32ToBfloat16(column).forEach((bits, row) => {
        data[row * dMlp + i] = bits;
      });
    });
    return data;
  };
  const edits: Readonly<Record<string, Edit>> = {
    [`${prefix}gate_proj.weight`]: setRows(gate),
    [`${prefix}up_proj.weight`]: setRows(up),
    [`${prefix}down_proj.weight`]: setColumns(down),
  };
  return edits[name];
}
