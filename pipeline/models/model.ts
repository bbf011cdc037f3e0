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
import type { ArchitectureRecord } from './architecture-record.ts';
import { decoder } from './decoder.ts';
import { externalWeights, FLOAT32, type Numerics, type Weights } from './weights.ts';

/** An architecture with its weights on disk. */
export interface Model extends Architecture {
  readonly dir: string;
  /** Where its weights are. */
  readonly checkpoint: Checkpoint;
  /** The weights in a graph that computes in a type, float32 where left out. */
  load(graph: Graph, dtype?: DType): Weights;
}

/**
 * The architecture that a config.json describes.
 * @param path of the file, for the error message
 * @throws where its `model_type` is another record's, or a field is missing or malformed
 */
export function architectureOf(
  record: ArchitectureRecord,
  config: unknown,
  path: string,
): Architecture {
  const type = Object(config).model_type;
  if (type !== record.modelType)
    throw new Error(
      `${path}: model_type ${type}, expected ${record.modelType}: name the subject of this model`,
    );
  return decoder(record.specOf(config, path));
}

export interface LoadOptions {
  /** Where the weights are, if not in the model's own folder. */
  readonly checkpoint?: Checkpoint;
  /** How its products are computed, in every graph that loads the weights; in float32 where left out. */
  readonly numerics?: Numerics;
}

/**
 * Open a model in Hugging Face's layout; weights are checked, then left where they are.
 * @throws one line that names the file and the remedy: missing or malformed files, another architecture, a tensor that is missing, of another shape or not finite
 */
export function openModel(
  dir: string,
  record: ArchitectureRecord,
  options: LoadOptions = {},
): Model {
  const checkpoint = options.checkpoint ?? openCheckpoint(dir);
  const model = withWeights(readArchitecture(dir, record), dir, checkpoint, options.numerics);
  for (const name of model.weights.keys()) assertFiniteWeights(name, checkpoint.tensors.get(name)!);
  return model;
}

/**
 * The same without a look at the weights' values, or without weights: enough to build graphs, and to plan what they
 * need. Weights that are not there are taken as bfloat16, as the hub has them.
 */
export function outlineModel(dir: string, record: ArchitectureRecord, numerics?: Numerics): Model {
  const architecture = readArchitecture(dir, record);
  const there = hasCheckpoint(dir) ? openCheckpoint(dir) : assumedCheckpoint(dir, architecture);
  return withWeights(architecture, dir, there, numerics);
}

function readArchitecture(dir: string, record: ArchitectureRecord): Architecture {
  const path = join(dir, 'config.json');
  return architectureOf(record, readConfig(path), path);
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

/** @throws where it is missing, or is not JSON */
export function readConfig(path: string): unknown {
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
