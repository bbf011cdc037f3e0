import { float32, type Tensor } from '../graph/tensor.ts';
import type { Fetches } from './session.ts';

/**
 * One output of a run.
 * @throws `no output realised: the run returned entropy, probs: …`
 */
export function output(fetches: Fetches, name: string): Tensor {
  const tensor = fetches[name];
  if (tensor) return tensor;
  const names = Object.keys(fetches).join(', ') || 'nothing';
  throw new Error(`no output ${name}: the run returned ${names}: fetch an output of the graph`);
}

/** The values of a float32 output. @throws where it is missing or of another type */
export function floats(fetches: Fetches, name: string): Float32Array {
  const { data, dtype } = output(fetches, name);
  if (data instanceof Float32Array) return data;
  throw new Error(`output ${name} is ${dtype}: read it as integers, or cast it in the graph`);
}

/** A float32 output. @throws where it is missing or of another type */
export const floatTensor = (fetches: Fetches, name: string): Tensor<Float32Array> =>
  float32(floats(fetches, name), output(fetches, name).dims);

/** The values of an int64 output. @throws where it is missing or of another type */
export function ints(fetches: Fetches, name: string): BigInt64Array {
  const { data, dtype } = output(fetches, name);
  if (data instanceof BigInt64Array) return data;
  throw new Error(`output ${name} is ${dtype}: read it as floats, or cast it in the graph`);
}
