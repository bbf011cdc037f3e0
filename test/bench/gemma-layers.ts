import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { float32, sizeOf } from '../../pipeline/graph/tensor.ts';
import { architectureOf } from '../../pipeline/models/architecture-of.ts';
import { gemma2 } from '../../pipeline/models/gemma2.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { normalNoise, sliceRepeated } from '../../pipeline/rehearsal/noise.ts';
import { GEMMA_2_2B } from '../../pipeline/rehearsal/random-model.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';

/** Gemma 2 2B's layers, two of them, on a vocabulary so small that the layers are what is measured. */
const CONFIG = { ...GEMMA_2_2B, vocab_size: 512, num_hidden_layers: 2, torch_dtype: 'float32' };

/** Write such a model with random weights into a folder, and open it. */
export function gemmaLayers(dir: string, seed: number): Model {
  const { weights } = architectureOf(gemma2, CONFIG, 'config.json');
  const noise = normalNoise(seed, 'weights');
  let start = 0;
  const tensors = [...weights].map(([name, dims]) => {
    const data = sliceRepeated(noise, start, sizeOf(dims));
    start += data.length;
    const std = dims.length === 1 ? 0.1 : dims[1]! ** -0.5;
    return [
      name,
      float32(
        data.map((x) => x * std),
        dims,
      ),
    ] as const;
  });
  writeSafetensors(join(dir, 'model.safetensors'), Object.fromEntries(tensors));
  writeFileSync(join(dir, 'config.json'), JSON.stringify(CONFIG));
  return loadModel(dir);
}
