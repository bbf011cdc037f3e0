import { float32, type Tensor } from '../graph/tensor.ts';
import { REMEDY } from './sae-sizes.ts';

/** @throws where a tensor is not float32, or a value is not finite */
export function finiteArray(what: string, { dtype, dims, data }: Tensor): Tensor<Float32Array> {
  if (!(data instanceof Float32Array))
    throw new Error(`${what} is ${dtype}, expected float32: ${REMEDY}`);
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new Error(`${what}: value ${index} is not finite: ${REMEDY}`);
  return float32(data, dims);
}
