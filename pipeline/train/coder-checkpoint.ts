import { existsSync } from 'node:fs';
import { float32, int64 } from '../graph/tensor.ts';
import { type Npz, readNpz } from '../sources/formats/npz.ts';
import { writeNpz } from '../sources/formats/write-npz.ts';
import { type AdamState, startAdam } from './adam.ts';

/** The training of one SAE after some steps: all that the further steps depend on, beside its data and settings. */
export interface CoderState {
  /** Number of steps made. */
  step: number;
  readonly parameters: Float32Array;
  readonly adam: AdamState;
  /** Thresholds of the last steps, whose mean is that of the trained SAE. */
  readonly thresholds: number[];
}

/** Steps between two checkpoints. */
export const CHECKPOINT_INTERVAL = 200;

/** The state before the first step. */
export const startState = (parameters: Float32Array): CoderState => ({
  step: 0,
  parameters,
  adam: startAdam(parameters.length),
  thresholds: [],
});

/** Write a checkpoint, to a temporary name that is then renamed. */
export function saveCheckpoint(path: string, state: CoderState): void {
  const { step, parameters, adam, thresholds } = state;
  const flat = (values: Float32Array) => float32(values, [values.length]);
  const arrays = {
    step: int64([step], [1]),
    parameters: flat(parameters),
    mean: flat(adam.mean),
    variance: flat(adam.variance),
    thresholds: flat(Float32Array.from(thresholds)),
  };
  writeNpz(path, arrays, { stored: true });
}

/**
 * Read a checkpoint; null where there is none.
 * @param size number of parameters
 * @throws where the file is damaged, or is of an SAE of another size
 */
export async function loadCheckpoint(path: string, size: number): Promise<CoderState | null> {
  if (!existsSync(path)) return null;
  const npz = await readNpz(path).catch((cause: unknown) => {
    throw new Error(`${path}: damaged: delete it, and the training of its SAE starts again`, {
      cause,
    });
  });
  const [parameters, mean, variance] = ['parameters', 'mean', 'variance'].map((name) =>
    floatsOf(npz, name),
  ) as [Float32Array, Float32Array, Float32Array];
  for (const { length } of [parameters, mean, variance])
    if (length !== size)
      throw new Error(`${path}: ${length} parameters, the SAE has ${size}: delete it`);
  const thresholds = [...floatsOf(npz, 'thresholds')];
  return {
    step: Number(npz.get('step').data[0]),
    parameters,
    adam: { mean, variance },
    thresholds,
  };
}

function floatsOf(npz: Npz, name: string): Float32Array {
  const { data } = npz.get(name);
  if (data instanceof Float32Array) return data;
  throw new Error(`${npz.path}: ${name}: not float32: delete the file`);
}
