import { float32 } from '../graph/tensor.ts';
import type { Sae } from './sae.ts';

/**
 * An SAE of some of another's features only, in the order given: what they do is as before.
 * @throws `feature 400: SAE res_3 has 384: …`
 */
export function selectFeatures(sae: Sae, features: readonly number[]): Sae {
  const { W_enc, b_enc, W_dec, b_dec, threshold } = sae.params;
  const { dIn, dOut } = sae;
  const n = features.length;
  for (const feature of features)
    if (!Number.isInteger(feature) || feature < 0 || feature >= sae.dSae)
      throw new Error(`feature ${feature}: SAE ${sae.id} has ${sae.dSae}: name one of them`);
  const columns = new Float32Array(dIn * n);
  for (let i = 0; i < dIn; i++)
    features.forEach((feature, f) => {
      columns[i * n + f] = W_enc.data[i * sae.dSae + feature]!;
    });
  const rows = new Float32Array(n * dOut);
  features.forEach((feature, f) => {
    rows.set(W_dec.data.subarray(feature * dOut, (feature + 1) * dOut), f * dOut);
  });
  const pick = (from: Float32Array) => Float32Array.from(features, (feature) => from[feature]!);
  return {
    ...sae,
    dSae: n,
    params: {
      W_enc: float32(columns, [dIn, n]),
      b_enc: float32(pick(b_enc.data), [n]),
      W_dec: float32(rows, [n, dOut]),
      b_dec,
      threshold: float32(pick(threshold.data), [n]),
    },
  };
}
