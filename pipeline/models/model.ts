import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from '../graph/builder.ts';
import { BYTES, type DType, sizeOf } from '../graph/tensor.ts';
import {
  assertFiniteWeights,
  type Checkpoint,
  hasCheckpoint,
  openCheckpoint,
} from '../sources/formats/safetensors.ts';
import type { Architecture } from './architecture.ts';
import { decoder } from './decoder.ts';
import type { DecoderSpec } from './decoder-spec.ts';
import { gemma2 } from './gemma2.ts';
import { externalWeights, FLOAT32, type Numerics, type Weights } from './weights.ts';

/** An architecture with its weights on disk. */
export interface Model extends Architecture {
  readonly dir: string;
  /** Where its weights are. */
  readonly checkpoint: Checkpoint;
  /** The weights in a graph that computes in a type, float32 where left out. */
  load(graph: Graph, dtype?: DType): Weights;
}

/** By `model_type` of config.json. */
const ARCHITECTURES: Readonly<Record<string, (config: unknown, path: string) => DecoderSpec>> = {
  gemma2,
};

/**
 * The architecture that a config.json describes.
 * @param path of the file, for the error message
 * @throws where its `model_type` is not known, or a field is missing or malformed
 */
export function architectureOf(config: unknown, path: string): Architecture {
  const type = String(Object(config).model_type);
  const specOf = ARCHITECTURES[type];
  if (!specOf)
    throw new Error(
      `${path}: model_type ${type} is not supported; supported: ${Object.keys(ARCHITECTURES).join(', ')}`,
    );
  return decoder(specOf(config, path));
}

export interface LoadOptions {
  /** Where the weights are, if not in the model's own folder. */
  readonly checkpoint?: Checkpoint;
  /** How its products are computed, in every graph that loads the weights; in float32 where left out. */
  readonly numerics?: Numerics;
}

/**
 * Open a model in Hugging Face's layout; weights are checked, then left where they are.
 * @throws one line that names the file and the remedy: missing or malformed files, an architecture that is not
 *   known, a tensor that is missing, of another shape or not finite
 */
export function loadModel(dir: string, options: LoadOptions = {}): Model {
  const checkpoint = options.checkpoint ?? openCheckpoint(dir);
  const model = withWeights(readArchitecture(dir), dir, checkpoint, options.numerics);
  for (const name of model.weights.keys()) assertFiniteWeights(name, checkpoint.tensors.get(name)!);
  return model;
}

/**
 * The same without a look at the weights' values, or without weights: enough to build graphs, and to plan what they
 * need. Weights that are not there are taken as bfloat16, as the hub has them.
 */
export function outlineModel(dir: string, numerics?: Numerics): Model {
  const architecture = readArchitecture(dir);
  const there = hasCheckpoint(dir) ? openCheckpoint(dir) : assumedCheckpoint(dir, architecture);
  return withWeights(architecture, dir, there, numerics);
}

function readArchitecture(dir: string): Architecture {
  const path = join(dir, 'config.json');
  return architectureOf(readConfig(path), path);
}

function withWeights(
  model: Architecture,
  dir: string,
  checkpoint: Checkpoint,
  numerics = FLOAT32,
): Model {
  checkShapes(model, checkpoint);
  return {
    ...model,
    dir,
    checkpoint,
    load: (graph, dtype = 'float32') => externalWeights(graph, checkpoint.tensors, numerics, dtype),
  };
}

const assumedCheckpoint = (dir: string, { weights }: Architecture): Checkpoint => {
  const dtype = 'bfloat16';
  const tensors = [...weights].map(([name, dims]) => {
    const slice = {
      file: dir,
      offset: 0,
      bytes: sizeOf(dims) * BYTES[dtype],
      dtype,
      dims,
    } as const;
    return [name, slice] as const;
  });
  return { dir, tensors: new Map(tensors) };
};

const REMEDY = 'fetch or train the model again';

function readConfig(path: string): unknown {
  if (!existsSync(path)) throw new Error(`missing model file: ${path}: ${REMEDY}`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`${path}: not JSON, perhaps truncated: ${REMEDY}`);
  }
}

function checkShapes({ weights }: Architecture, { dir, tensors }: Checkpoint): void {
  for (const [name, dims] of weights) {
    const slice = tensors.get(name);
    if (!slice) throw new Error(`missing tensor: ${name} in ${dir}: ${REMEDY}`);
    if (slice.dims.join() !== dims.join())
      throw new Error(
        `${dir}: ${name} has shape [${slice.dims}], config.json makes it [${dims}]: ${REMEDY}`,
      );
  }
}
