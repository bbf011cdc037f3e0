import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { featureLogits } from '../../pipeline/interp/feature-logits.ts';
import { hooksOf } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { openCheckpoint, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { openGolden } from '../golden.ts';
import { cpuReader } from '../reader.ts';

const dir = join(openGolden('config_A').dir, 'model');
const model = loadModel(dir);
const { tensors } = openCheckpoint(dir);
const weight = (name: string) => readTensor(tensors.get(name)!);

const LAYER = 1;
const N_FEATURES = 7;

function randomSae(family: 'res' | 'att', width: number): Sae {
  const random = keyedRandom(2, `feature logits ${family}`);
  const draw = (...dims: number[]) =>
    float32(
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
      dims,
    );
  const params = {
    W_enc: draw(width, N_FEATURES),
    b_enc: draw(N_FEATURES),
    W_dec: draw(N_FEATURES, width),
    b_dec: draw(width),
    threshold: draw(N_FEATURES),
  };
  const [hook, outputHook] = hooksOf(GEMMA_SCOPE, family, LAYER);
  return {
    id: `${family}_${LAYER}`,
    family,
    layer: LAYER,
    hook,
    outputHook,
    dIn: width,
    dSae: N_FEATURES,
    dOut: width,
    params,
  };
}

/** `W · x` for a matrix [rows, columns]. */
function product(name: string, x: readonly number[]): number[] {
  const { dims, data } = weight(name);
  const [rows, columns] = dims as [number, number];
  return Array.from({ length: rows }, (_, i) =>
    x.reduce((sum, value, j) => sum + value * data[i * columns + j]!, 0),
  );
}

for (const [family, width] of [
  ['res', model.dims.dModel],
  ['att', model.dims.nHeads * model.dims.dHead],
] as const)
  test(`the tokens that ${family} features promote and suppress, first and last feature too`, async () => {
    const sae = randomSae(family, width);
    const chosen = [0, 3, N_FEATURES - 1];
    const found = await featureLogits(cpuReader(model), sae, { features: chosen, top: 4 });
    assert.deepEqual(
      found.map(({ feature }) => feature),
      chosen,
    );
    for (const { feature, promoted, suppressed } of found) {
      const direction = Array.from(
        sae.params.W_dec.data.slice(feature * width, (feature + 1) * width),
      );
      const written =
        family === 'att'
          ? product(`model.layers.${LAYER}.self_attn.o_proj.weight`, direction)
          : direction;
      const logits = product('model.embed_tokens.weight', written);
      const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]!);
      assert.deepEqual(
        promoted.map(({ tokenId }) => tokenId),
        order.slice(0, 4),
      );
      assert.deepEqual(
        suppressed.map(({ tokenId }) => tokenId),
        order.toReversed().slice(0, 4),
      );
      for (const { tokenId, logit } of [...promoted, ...suppressed])
        assert.ok(Math.abs(logit - logits[tokenId]!) < 1e-4);
    }
  });
