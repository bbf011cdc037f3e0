import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { float32, sizeOf, type Tensor } from '../graph/tensor.ts';
import { familyLayout, saeFile } from '../sae/release.ts';
import { GEMMA_SCOPE } from '../sae/releases/gemma-scope.ts';
import type { SaeSpec } from '../sae/sae.ts';
import { writeNpz } from '../sources/formats/write-npz.ts';
import { normalNoise, sliceRepeated } from './noise.ts';

/**
 * Write an SAE with random float32 parameters in Gemma Scope's layout. Encoder directions have norm 1, so that
 * pre-activations have about the RMS of the input; about 0.5 % of them exceed the threshold.
 * @param dir folder of the SAE's family
 */
export function writeRandomSae(dir: string, sae: SaeSpec, width: string, seed: number): void {
  const { id, family, layer, dIn, dSae, dOut } = sae;
  const noise = normalNoise(seed, id);
  const draw = (start: number, std: number, ...dims: number[]): Tensor<Float32Array> =>
    float32(
      sliceRepeated(noise, start, sizeOf(dims)).map((x) => x * std),
      dims,
    );
  const { folder } = familyLayout(GEMMA_SCOPE, family);
  const l0 = GEMMA_SCOPE.canonical.l0s({ family, layer, folder })[0]!;
  const path = join(dir, saeFile(GEMMA_SCOPE, { id, width }, l0));
  mkdirSync(dirname(path), { recursive: true });
  const constant = (length: number, value: number) =>
    float32(new Float32Array(length).fill(value), [length]);
  writeNpz(
    path,
    {
      W_enc: draw(0, dIn ** -0.5, dIn, dSae),
      b_enc: constant(dSae, 0),
      W_dec: draw(dIn * dSae, dOut ** -0.5, dSae, dOut),
      b_dec: constant(dOut, 0),
      threshold: constant(dSae, THRESHOLD_STDS * INPUT_RMS[family]),
    },
    { stored: true },
  );
}

/** The threshold in standard deviations of the pre-activation; one normal draw in 200 exceeds it. */
const THRESHOLD_STDS = 2.6;

/** RMS of each family's input in the random model; that of heads' outputs is small, as they average over tokens. */
const INPUT_RMS: Readonly<Record<SaeSpec['family'], number>> = {
  res: 1.05,
  att: 0.27,
  mlp: 0.05,
  tc: 1,
};
