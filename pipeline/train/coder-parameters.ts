import { float32, type Tensor } from '../graph/tensor.ts';
import { keyedRandom } from '../stats/random.ts';
import { type CoderShape, coderTrainable } from './batch-topk.ts';
import type { CoderData } from './coder-data.ts';
import { namedTensors, parameterCount, standardNormal } from './parameters.ts';

/**
 * Initial parameters, flat as `coderTrainable` orders them: random directions around the mean, decoder rows of unit norm.
 * If the SAE reconstructs its own input, the decoder starts as the encoder's transpose. A skip connection starts at 0.
 */
export function initialCoder(
  shape: CoderShape,
  { x, y, xMean, yMean }: CoderData,
  random: () => number,
): Float32Array {
  const { dIn, dSae, dOut } = shape;
  const parameters = new Float32Array(parameterCount(coderTrainable(shape)));
  const wEnc = parameters.subarray(0, dIn * dSae);
  const bEnc = parameters.subarray(dIn * dSae, dIn * dSae + dSae);
  const wDec = decoderOf(parameters, { dIn, dSae, dOut });
  for (let i = 0; i < wEnc.length; i++) wEnc[i] = standardNormal(random) / Math.sqrt(dIn);
  for (let i = 0; i < dIn; i++)
    for (let f = 0; f < dSae; f++) bEnc[f]! -= xMean[i]! * wEnc[i * dSae + f]!;
  for (let f = 0; f < dSae; f++)
    for (let j = 0; j < dOut; j++)
      wDec[f * dOut + j] = x === y ? wEnc[j * dSae + f]! : standardNormal(random);
  normalizeRows(wDec, dOut);
  parameters.set(yMean, wDec.byteOffset / wDec.BYTES_PER_ELEMENT + wDec.length);
  return parameters;
}

/** A view of the decoder in the flat parameters, [dSae, dOut]. */
export const decoderOf = (
  parameters: Float32Array,
  { dIn, dSae, dOut }: CoderShape,
): Float32Array => parameters.subarray(dIn * dSae + dSae, dIn * dSae + dSae + dSae * dOut);

/** Divide each row of [n, width] by its norm. */
export function normalizeRows(matrix: Float32Array, width: number): void {
  for (let start = 0; start < matrix.length; start += width) {
    const row = matrix.subarray(start, start + width);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < width; i++) row[i]! /= norm;
  }
}

/**
 * The trained SAE's arrays, as a JumpReLU SAE with one threshold for all features, and the scales folded in: it reads and
 * reconstructs unscaled activations.
 */
export function coderArrays(
  shape: CoderShape,
  parameters: Float32Array,
  {
    xScale,
    yScale,
    threshold,
  }: Pick<CoderData, 'xScale' | 'yScale'> & { readonly threshold: number },
): Record<string, Tensor> {
  const trained = namedTensors(coderTrainable(shape), parameters);
  const times = (name: string, by: number): Tensor => {
    const { dims, data } = trained[name]!;
    return float32(
      data.map((value) => value * by),
      dims,
    );
  };
  return {
    W_enc: times('W_enc', xScale),
    b_enc: times('b_enc', 1),
    W_dec: times('W_dec', 1 / yScale),
    b_dec: times('b_dec', 1 / yScale),
    ...(shape.hasSkip && { W_skip: times('W_skip', xScale / yScale) }),
    threshold: float32(new Float32Array(shape.dSae).fill(threshold), [shape.dSae]),
  };
}

/** The random draws of one SAE's start. */
export const startOf = (seed: number, id: string): (() => number) =>
  keyedRandom(seed, `SAE start ${id}`);
