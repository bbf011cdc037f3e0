import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeNpz } from '../../pipeline/io/write-npz.ts';
import { FAMILY_DIRS, openGemmaScope } from '../../pipeline/sae/gemma-scope.ts';
import type { SaeFile } from '../../pipeline/sae/sae.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { float32, sizeOf, type Tensor } from '../../pipeline/tensor.ts';

const WIDTH = '16k';
const D_SAE = 16384;

type Place = 'res_0' | 'att_0';

const familyOf = (id: Place) => id.slice(0, 3) as 'res' | 'att';

/** Write an SAE of Gemma Scope's size with random weights into a folder. */
export function writeSae(dir: string, id: Place, d: number): void {
  const folder = join(dir, FAMILY_DIRS[familyOf(id)], `layer_0/width_${WIDTH}/average_l0_70`);
  mkdirSync(folder, { recursive: true });
  writeNpz(join(folder, 'params.npz'), randomParams(d));
}

export const findSae = (dir: string, id: Place): Promise<SaeFile> => {
  const family = familyOf(id);
  return openGemmaScope({ dirs: { [family]: join(dir, FAMILY_DIRS[family]) }, width: WIDTH }, id);
};

/** Pre-activations of about unit variance, of which the threshold lets some 0.4 % through. */
function randomParams(d: number): Record<string, Tensor> {
  const random = keyedRandom(3, 'sae');
  const noise = Float32Array.from({ length: 100_003 }, () => Math.sqrt(12) * (random() - 0.5));
  const draw = (...dims: number[]) => {
    const data = new Float32Array(sizeOf(dims));
    for (let i = 0; i < data.length; i++) data[i] = noise[i % noise.length]! / Math.sqrt(d);
    return float32(data, dims);
  };
  return {
    W_enc: draw(d, D_SAE),
    b_enc: float32(new Float32Array(D_SAE), [D_SAE]),
    W_dec: draw(D_SAE, d),
    b_dec: float32(new Float32Array(d), [d]),
    threshold: float32(new Float32Array(D_SAE).fill(2.65), [D_SAE]),
  };
}
