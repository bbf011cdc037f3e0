import { join } from 'node:path';
import type { Graph } from '../graph/builder.ts';
import type { ExternalTensor } from '../graph/external-tensor.ts';
import { BYTES, type DType, sizeOf } from '../graph/tensor.ts';
import { readForeignObject } from '../schema/foreign-file.ts';
import {
  assertFiniteWeights,
  type Checkpoint,
  hasCheckpoint,
  openCheckpoint,
} from '../sources/formats/safetensors.ts';
import type { Architecture } from './architecture.ts';
import { architectureOf } from './architecture-of.ts';
import type { ArchitectureRecord } from './architecture-record.ts';
import { assertTied, weightsIn } from './checkpoint-names.ts';
import { externalWeights, FLOAT32, INT8, type Numerics, type Weights } from './weights.ts';

/** An architecture with its weights on disk. */
export interface Model extends Architecture {
  readonly dir: string;
  /** Locations of the weights in their files. */
  readonly checkpoint: Checkpoint;
  /** Make the weights available in a graph. @param dtype the graph computes in; float32 where left out */
  load(graph: Graph, dtype?: DType): Weights;
  /** The same for graphs that write lists, where their products are of another type; `load` where left out. */
  loadToWrite?(graph: Graph): Weights;
}

export interface LoadOptions {
  /** The weights, if they are not in the model's own folder. */
  readonly checkpoint?: Checkpoint;
  /** How matrix products are computed in every graph that loads the weights; in float32 where left out. */
  readonly numerics?: Numerics;
}

/**
 * Open a model in Hugging Face's layout. The values of all weights are checked but not kept in memory.
 * @throws one line with the file and the remedy: a file is missing or malformed, the architecture is another, a field of
 *   config.json or a tensor is unknown, or a tensor is missing, has another shape or is not finite
 */
export function openModel(
  dir: string,
  record: ArchitectureRecord,
  options: LoadOptions = {},
): Model {
  const architecture = readArchitecture(dir, record);
  const stored = options.checkpoint ?? openCheckpoint(dir);
  const checkpoint = weightsIn(stored, architecture, record);
  assertTied(architecture, checkpoint);
  for (const name of architecture.weights.keys())
    assertFiniteWeights(name, checkpoint.tensors.get(name)!);
  return withWeights(architecture, dir, checkpoint, options.numerics);
}

/**
 * A model that writes lists with products of whole numbers; all else it computes as before.
 * @param blocks its weights, with matrices in blocks (sources/formats/block-weights.ts)
 */
export const writingInBlocks = (model: Model, { tensors }: Checkpoint): Model => ({
  ...model,
  loadToWrite: (graph) => externalWeights(graph, tensors, INT8, 'float32'),
});

/**
 * Open a model for building graphs and planning their memory, without reading the weights' values. Without weights in
 * the folder, they are assumed to be bfloat16, as on the hub.
 */
export function outlineModel(dir: string, record: ArchitectureRecord, numerics?: Numerics): Model {
  const architecture = readArchitecture(dir, record);
  const checkpoint = hasCheckpoint(dir)
    ? weightsIn(openCheckpoint(dir), architecture, record)
    : assumedCheckpoint(dir, architecture);
  return withWeights(architecture, dir, checkpoint, numerics);
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
  return {
    ...model,
    dir,
    checkpoint,
    load: (graph, dtype = 'float32') => externalWeights(graph, checkpoint.tensors, numerics, dtype),
  };
}

/** All weights in bfloat16, without files. */
function assumedCheckpoint(dir: string, { weights }: Architecture): Checkpoint {
  const dtype = 'bfloat16';
  const tensors = new Map<string, ExternalTensor>();
  for (const [name, dims] of weights)
    tensors.set(name, { file: dir, offset: 0, bytes: sizeOf(dims) * BYTES[dtype], dtype, dims });
  return { dir, tensors };
}

const REMEDY = 'fetch or train the model again';

/** @throws where the file is missing, or holds no object of JSON */
export const readConfig = (path: string): Readonly<Record<string, unknown>> =>
  readForeignObject({ path, remedy: REMEDY, what: 'model file' });
