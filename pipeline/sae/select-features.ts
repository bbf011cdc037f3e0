import { float32 } from '../graph/tensor.ts';
import type { Sae, SaeSpec } from './sae.ts';

/**
 * An SAE with some features of another SAE, in the order given. Their activations are unchanged.
 * @throws `feature 400: SAE res_3 has 384: …`; of TopK, whose features depend on all others
 */
export function selectFeatures(sae: Sae, features: readonly number[]): Sae {
  const { W_enc, b_enc, W_dec, threshold } = sae.params;
  const { dIn, dOut } = sae;
  const n = features.length;
  if (sae.k !== undefined)
    throw new Error(
      `SAE ${sae.id} keeps the ${sae.k} largest of its features: take all of them, or an SAE with thresholds`,
    );
  checkFeatures(sae, features);
  const columns = new Float32Array(dIn * n);
  for (let i = 0; i < dIn; i++)
    features.forEach((feature, f) => {
      columns[i * n + f] = W_enc.data[i * sae.dSae + feature]!;
    });
  const rows = new Float32Array(n * dOut);
  features.forEach((feature, f) => {
    rows.set(W_dec.data.subarray(feature * dOut, (feature + 1) * dOut), f * dOut);
  });
  const select = (values: Float32Array) =>
    Float32Array.from(features, (feature) => values[feature]!);
  return {
    ...sae,
    dSae: n,
    params: {
      ...sae.params, // what no feature has a part of: b_dec and W_skip
      W_enc: float32(columns, [dIn, n]),
      b_enc: float32(select(b_enc.data), [n]),
      W_dec: float32(rows, [n, dOut]),
      threshold: float32(select(threshold.data), [n]),
    },
  };
}

/** @throws `feature 400: SAE res_3 has 384: …` */
export function checkFeatures(
  { id, dSae }: Pick<SaeSpec, 'id' | 'dSae'>,
  features: readonly number[],
): void {
  for (const feature of features)
    if (!Number.isInteger(feature) || feature < 0 || feature >= dSae)
      throw new Error(`feature ${feature}: SAE ${id} has ${dSae}: use a smaller index`);
}
