import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph, Value } from '../graph/builder.ts';
import { cast } from '../graph/ops.ts';
import { assertFiniteWeights, type Checkpoint, openCheckpoint } from '../io/safetensors.ts';
import type { DType } from '../tensor.ts';
import type { Architecture, Weights } from './architecture.ts';
import { gemma2 } from './gemma2.ts';

/** An architecture with its weights on disk. */
export interface Model extends Architecture {
  readonly dir: string;
  /** The weights in a graph, cast to the type that it computes in. */
  load(graph: Graph, dtype?: DType): Weights;
}

/** By `model_type` of config.json. */
const ARCHITECTURES: Readonly<Record<string, (config: unknown, where: string) => Architecture>> = {
  gemma2,
};

/**
 * Open a model in Hugging Face's layout; weights are checked, then left where they are.
 * @throws one line that names the file and the remedy: missing or malformed files, an architecture that is not
 *   known, a tensor that is missing, of another shape or not finite
 */
export function loadModel(dir: string): Model {
  const path = join(dir, 'config.json');
  const config = readConfig(path);
  const architecture = ARCHITECTURES[String(config.model_type)];
  if (!architecture)
    throw new Error(
      `${path}: model_type ${config.model_type} is not supported; supported: ${Object.keys(ARCHITECTURES).join(', ')}`,
    );
  const model = architecture(config, path);
  const checkpoint = openCheckpoint(dir);
  checkWeights(model, checkpoint);
  return { ...model, dir, load: (graph, dtype = 'float32') => loader(checkpoint, graph, dtype) };
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

/** Each weight enters a graph once, when it is first asked for. */
function loader({ tensors }: Checkpoint, graph: Graph, dtype: DType): Weights {
  const loaded = new Map<string, Value>();
  return (name) => {
    const known = loaded.get(name);
    if (known) return known;
    const value = cast(graph.external(name, tensors.get(name)!), dtype);
    loaded.set(name, value);
    return value;
  };
}
