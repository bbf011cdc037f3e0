import { float32, type Tensor } from '../graph/tensor.ts';
import { keyedRandom } from '../stats/random.ts';
import { namedTensors, standardNormal } from '../train/parameters.ts';
import { type SaeShape, saeTrainable } from './sae-loss.ts';
import type { ScaledActivations } from './scaled-activations.ts';

const START_THRESHOLD = 0.5;

/**
 * Initial parameters, flat as `saeTrainable` orders them: random feature directions around the mean. If the SAE
 * reconstructs its own input, the decoder starts as the encoder's transpose.
 */
export function initialSaeParameters(
  { dIn, dSae, dOut }: SaeShape,
  { x, y, xMean, yMean }: ScaledActivations,
  seed: number,
  id: string,
): Float32Array {
  const random = keyedRandom(seed, `sae start ${id}`);
  const wEnc = Float32Array.from(
    { length: dIn * dSae },
    () => standardNormal(random) / Math.sqrt(dIn),
  );
  const wDec = new Float32Array(dSae * dOut);
  for (let f = 0; f < dSae; f++)
    for (let i = 0; i < dOut; i++)
      wDec[f * dOut + i] = x === y ? wEnc[i * dSae + f]! : standardNormal(random) / Math.sqrt(dOut);
  const bEnc = new Float32Array(dSae);
  for (let f = 0; f < dSae; f++)
    for (let i = 0; i < dIn; i++) bEnc[f]! -= xMean[i]! * wEnc[i * dSae + f]!;
  const logThreshold = new Float32Array(dSae).fill(Math.log(START_THRESHOLD));
  const parts = [wEnc, bEnc, wDec, yMean, logThreshold];
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** The trained SAE's arrays, with the scales folded in: it reads and reconstructs unscaled activations. */
export function saeArrays(
  shape: SaeShape,
  parameters: Float32Array,
  { xScale, yScale }: Pick<ScaledActivations, 'xScale' | 'yScale'>,
): Record<string, Tensor> {
  const trained = namedTensors(saeTrainable(shape), parameters);
  const map = (name: string, transform: (value: number) => number): Tensor => {
    const { dims, data } = trained[name]!;
    return float32(data.map(transform), dims);
  };
  return {
    W_enc: map('W_enc', (w) => w * xScale),
    b_enc: map('b_enc', (b) => b),
    W_dec: map('W_dec', (w) => w / yScale),
    b_dec: map('b_dec', (b) => b / yScale),
    threshold: map('log_threshold', Math.exp),
  };
}
