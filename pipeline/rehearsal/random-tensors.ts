import { bfloat16ToFloat32, float32ToBfloat16, sizeOf } from '../graph/tensor.ts';
import { gemma2 } from '../models/gemma2.ts';
import { architectureOf } from '../models/model.ts';
import type { TensorSource } from '../sources/formats/write-safetensors.ts';
import type { Transition } from './list-process.ts';
import { cut, normalNoise } from './noise.ts';
import { type PlantedNeurons, plantNeurons } from './planted-mlp.ts';

/** The sizes of a Gemma 2 that its weights depend on, as its config.json spells them. */
export interface Gemma2Sizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly final_logit_softcapping: number;
}

/**
 * Random bfloat16 weights for every tensor of a Gemma 2, in the order of its architecture. Embeddings have unit length,
 * other matrices keep an input's RMS; each sublayer adds little to the residual stream, but the last one, whose planted
 * neurons carry out a process, much.
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
    const known = blocks.get(std) ?? float32ToBfloat16(noise.map((x) => x * std));
    blocks.set(std, known);
    return known;
  };
  const neurons = plant(config, process, block(config.hidden_size ** -0.5));
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
        else if (edit !== undefined) yield bytesOf(edit(cut(block(dims[1]! ** -0.5), from, size)));
        else
          for (let at = 0; at < size; at += PART)
            yield bytesOf(cut(block(dims[1]! ** -0.5), from + at, Math.min(PART, size - at)));
      },
    };
  });
}

/** Values that are written together. */
const PART = 2 ** 24;

/** What a sublayer adds to the residual stream, whose RMS is 1 at the start: all but the last one, and that. */
const LITTLE = 0.05;
const MUCH = 4;

/** Gemma's norms keep their weight as a distance from 1. */
function normWeight(name: string, { num_hidden_layers: n }: Gemma2Sizes): number {
  if (name === `model.layers.${n - 1}.post_feedforward_layernorm.weight`) return MUCH - 1;
  return /post_(attention|feedforward)_layernorm/.test(name) ? LITTLE - 1 : 0;
}

const constant = (size: number, value: number) =>
  float32ToBfloat16(new Float32Array(size).fill(value));

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** @param embeddings the block that the embedding, as the first tensor, repeats from its beginning */
function plant(
  { hidden_size: dModel, intermediate_size: dMlp, final_logit_softcapping: softcap }: Gemma2Sizes,
  process: readonly Transition[],
  embeddings: Uint16Array<ArrayBuffer>,
): PlantedNeurons {
  return plantNeurons(process, {
    dModel,
    dMlp,
    softcap,
    norm: (Math.sqrt(dModel) * MUCH) / Math.hypot(1, MUCH),
    temperature: TEMPERATURE,
    embedding: (id) => bfloat16ToFloat32(cut(embeddings, id * dModel, dModel)),
  });
}

/** Of sampling, at which the process has its own probabilities. */
const TEMPERATURE = 0.8;

type Edit = (data: Uint16Array<ArrayBuffer>) => Uint16Array<ArrayBuffer>;

/** Puts the planted neurons into the last layer's MLP; undefined for any other tensor. */
function editOf(
  name: string,
  { num_hidden_layers: n, hidden_size: d, intermediate_size: dMlp }: Gemma2Sizes,
  { gate, up, down }: PlantedNeurons,
): Edit | undefined {
  const prefix = `model.layers.${n - 1}.mlp.`;
  const rows = (of: readonly Float32Array[]) => (data: Uint16Array<ArrayBuffer>) => {
    of.forEach((row, i) => {
      data.set(float32ToBfloat16(row), i * d);
    });
    return data;
  };
  const columns = (of: readonly Float32Array[]) => (data: Uint16Array<ArrayBuffer>) => {
    of.forEach((column, i) => {
      float32ToBfloat16(column).forEach((bits, row) => {
        data[row * dMlp + i] = bits;
      });
    });
    return data;
  };
  const edits: Readonly<Record<string, Edit>> = {
    [`${prefix}gate_proj.weight`]: rows(gate),
    [`${prefix}up_proj.weight`]: rows(up),
    [`${prefix}down_proj.weight`]: columns(down),
  };
  return edits[name];
}
