import { float32, type Tensor } from '../../../graph/tensor.ts';
import { type ArrayFile, openArrays } from '../../array-file.ts';
import { finiteArray } from '../../finite-array.ts';
import type { SaeParams, SaeSpec } from '../../sae.ts';
import { checkArrays } from '../../sae-sizes.ts';
import { ARCHITECTURES, type SaeLensConfig } from './config.ts';

type Array32 = Tensor<Float32Array>;
type Shapes = Readonly<Record<string, readonly number[]>>;

/** Open the weights of an SAE. @throws one line with the file and the array, where there are others than the config says */
export async function openWeights(path: string, config: SaeLensConfig): Promise<ArrayFile> {
  const file = await openArrays.safetensors(path);
  const optional = { [SCALE]: [config.spec.dSae] };
  checkArrays(path, file, { required: shapesOf(config), optional });
  return file;
}

/** An array of older versions: factors that a training after the training gives the activations before they are decoded. */
const SCALE = 'scaling_factor';

/** Names and shapes of the arrays. */
function shapesOf({ architecture, spec: { dIn, dSae, dOut } }: SaeLensConfig): Shapes {
  const { nonlinearity, hasSkip } = ARCHITECTURES[architecture];
  const ofEncoder: Record<
    (typeof ARCHITECTURES)[keyof typeof ARCHITECTURES]['nonlinearity'],
    Shapes
  > = {
    relu: { b_enc: [dSae] },
    topk: { b_enc: [dSae] },
    jumprelu: { b_enc: [dSae], threshold: [dSae] },
    gated: { b_gate: [dSae], b_mag: [dSae], r_mag: [dSae] },
  };
  return {
    W_enc: [dIn, dSae],
    W_dec: [dSae, dOut],
    b_dec: [dOut],
    ...ofEncoder[nonlinearity],
    ...(hasSkip && { W_skip: [dOut, dIn] }),
  };
}

/**
 * The parameters of an SAE as those of JumpReLU that computes the same:
 *
 * - ReLU and TopK have the threshold 0.
 * - Gated: the gate `x·W + b_gate > 0` is `pre > b_mag − exp(r_mag)·b_gate`, where `pre = exp(r_mag)·(x·W) + b_mag`.
 *   Rajamanoharan et al. (2024), arXiv 2404.16014, section 3.2.
 * - Where `b_dec` is subtracted from x, `b_dec·W_enc` is subtracted from `b_enc` instead.
 * - Where TopK compares activations times the norms of their directions, activations are in units of unit directions.
 *
 * @throws one line where a value is not finite
 */
export async function readParameters(
  path: string,
  file: ArrayFile,
  config: SaeLensConfig,
): Promise<SaeParams> {
  const get = await file.read([...file.headers.keys()]);
  const read = (name: string): Array32 => finiteArray(`${path}: ${name}`, get(name));
  if (file.headers.has(SCALE)) checkScale(path, read(SCALE));
  const { spec, architecture, rescaled, subtractsBias } = config;
  const { nonlinearity, hasSkip } = ARCHITECTURES[architecture];
  const encoder =
    nonlinearity === 'gated' ? gatedEncoder(read, spec) : plainEncoder(read, nonlinearity, spec);
  const [W_dec, b_dec] = [read('W_dec'), read('b_dec')];
  if (subtractsBias) subtractFrom(encoder, b_dec, spec);
  if (rescaled) rescale(encoder, W_dec, spec);
  const made = Object.entries(encoder).map(([name, array]) => [
    name,
    finiteArray(`${path}: ${name} with what is folded into it`, array),
  ]);
  return {
    ...(Object.fromEntries(made) as unknown as Encoder),
    W_dec,
    b_dec,
    ...(hasSkip && { W_skip: transposed(read('W_skip')) }),
  };
}

type Encoder = Pick<SaeParams, 'W_enc' | 'b_enc' | 'threshold'>;
type Read = (name: string) => Array32;

const plainEncoder = (read: Read, nonlinearity: string, { dSae }: SaeSpec): Encoder => ({
  W_enc: read('W_enc'),
  b_enc: read('b_enc'),
  threshold:
    nonlinearity === 'jumprelu' ? read('threshold') : float32(new Float32Array(dSae), [dSae]),
});

function gatedEncoder(read: Read, { dSae }: SaeSpec): Encoder {
  const [W_enc, gate, magnitude] = [read('W_enc'), read('b_gate').data, read('b_mag')];
  const factors = Float64Array.from(read('r_mag').data, Math.exp);
  scaleColumns(W_enc, factors);
  const threshold = magnitude.data.map((b, f) => b - factors[f]! * gate[f]!);
  return { W_enc, b_enc: magnitude, threshold: float32(threshold, [dSae]) };
}

/** `b_enc − b_dec·W_enc`, in place. */
function subtractFrom({ W_enc, b_enc }: Encoder, b_dec: Array32, { dIn, dSae }: SaeSpec): void {
  const shift = new Float64Array(dSae);
  for (let i = 0; i < dIn; i++) {
    const bias = b_dec.data[i]!;
    for (let f = 0; f < dSae; f++) shift[f]! += bias * W_enc.data[i * dSae + f]!;
  }
  for (let f = 0; f < dSae; f++) b_enc.data[f]! -= shift[f]!;
}

/** Give every direction the norm 1, and the encoder its norm, in place. A feature without direction is never active. */
function rescale({ W_enc, b_enc }: Encoder, W_dec: Array32, { dSae, dOut }: SaeSpec): void {
  const norms = new Float64Array(dSae);
  for (let f = 0; f < dSae; f++) {
    const row = W_dec.data.subarray(f * dOut, (f + 1) * dOut);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    norms[f] = norm;
    if (norm > 0) row.set(row.map((value) => value / norm));
  }
  scaleColumns(W_enc, norms);
  for (let f = 0; f < dSae; f++) b_enc.data[f]! *= norms[f]!;
}

function scaleColumns({ data }: Array32, factors: Float64Array): void {
  const { length } = factors;
  for (let i = 0; i < data.length; i++) data[i]! *= factors[i % length]!;
}

/** A matrix with rows for columns. */
export function transposed({ data, dims }: Array32): Array32 {
  const [rows, columns] = dims as [number, number];
  const turned = Float32Array.from(
    data,
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!,
  );
  return float32(turned, [columns, rows]);
}

/** SAELens reads factors that are all 1 as none, and no others. */
function checkScale(path: string, { data }: Array32): void {
  const index = data.findIndex((factor) => Math.abs(factor - 1) > 1e-5);
  if (index >= 0)
    throw new Error(
      `${path}: ${SCALE} of feature ${index} is ${data[index]}, expected 1: multiply W_dec by it, and leave it out`,
    );
}
