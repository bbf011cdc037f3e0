import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from '../graph/builder.ts';
import { assertFiniteWeights, type Checkpoint, openCheckpoint } from '../io/safetensors.ts';
import type { DType } from '../tensor.ts';
import type { Architecture } from './architecture.ts';
import { gemma2 } from './gemma2.ts';
import { externalWeights, FLOAT32, type Numerics, type Weights } from './weights.ts';

/** An architecture with its weights on disk. */
export interface Model extends Architecture {
  readonly dir: string;
  /** The weights in a graph that computes in a type, float32 where left out. */
  load(graph: Graph, dtype?: DType): Weights;
}

/** By `model_type` of config.json. */
const ARCHITECTURES: Readonly<Record<string, (config: unknown, where: string) => Architecture>> = {
  gemma2,
};

/**
 * Open a model in Hugging Face's layout; weights are checked, then left where they are.
 * @param numerics how its products are computed, in every graph that loads the weights
 * @throws one line that names the file and the remedy: missing or malformed files, an architecture that is not
 *   known, a tensor that is missing, of another shape or not finite
 */
export function loadModel(dir: string, numerics: Numerics = FLOAT32): Model {
  const path = join(dir, 'config.json');
  const config = readConfig(path);
  const architecture = ARCHITECTURES[String(config.model_type)];
  if (!architecture)
    throw new Error(
      `${path}: unknown model_type ${config.model_type}: use one of ${Object.keys(ARCHITECTURES).join(', ')}`,
    );
  const model = architecture(config, path);
  const checkpoint = openCheckpoint(dir);
  checkWeights(model, checkpoint);
  const load: Model['load'] = (graph, dtype = 'float32') =>
    externalWeights(graph, checkpoint.tensors, numerics, dtype);
  return { ...model, dir, load };
}

const REMEDY = 'fetch or train the model again';

function readConfig(path: string): Record<string, unknown> {
  if (!existsSync(path)) throw new Error(`missing model file: ${path}: ${REMEDY}`);
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8'))) as Record<string, unknown>;
  } catch {
    throw new Error(`${path}: not JSON, perhaps truncated: ${REMEDY}`);
  }
}

function checkWeights({ weights }: Architecture, { dir, tensors }: Checkpoint): void {
  for (const [name, dims] of weights) {
    const slice = tensors.get(name);
    if (!slice) throw new Error(`missing tensor: ${name} in ${dir}: ${REMEDY}`);
    if (slice.dims.join() !== dims.join())
      throw new Error(
        `${dir}: ${name} has shape [${slice.dims}], config.json makes it [${dims}]: ${REMEDY}`,
      );
    assertFiniteWeights(name, slice);
  }
}
