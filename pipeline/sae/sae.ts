import type { Graph } from '../graph/builder.ts';
import type { Tensor } from '../graph/tensor.ts';
import { FAMILIES, type Family } from '../schema/sae-families.ts';

/** The parameters of a sparse autoencoder or transcoder, as the papers spell them; all float32. */
export interface SaeParams {
  /** [d_in, d_sae] */
  readonly W_enc: Tensor<Float32Array>;
  /** [d_sae] */
  readonly b_enc: Tensor<Float32Array>;
  /** [d_sae, d_out] */
  readonly W_dec: Tensor<Float32Array>;
  /** [d_out] */
  readonly b_dec: Tensor<Float32Array>;
  /** [d_sae] */
  readonly threshold: Tensor<Float32Array>;
}

/** Where a sparse autoencoder stands in a model, and how large it is. */
export interface SaeSpec {
  /** Family and layer, as in the write-up: `res_20`, `att_14`. */
  readonly id: string;
  readonly family: Family;
  readonly layer: number;
  /** The value that it reads, and the one that it rebuilds: the same, but for a transcoder. */
  readonly hook: string;
  readonly outputHook: string;
  readonly dIn: number;
  readonly dSae: number;
  readonly dOut: number;
}

/** A sparse autoencoder in memory. */
export interface Sae extends SaeSpec {
  readonly params: SaeParams;
}

/** One on disk. Of many, each is loaded when its turn comes, and let go. */
export interface SaeFile extends SaeSpec {
  /** @throws where the file is damaged, or a value is not finite */
  load(): Promise<Sae>;
}

/** @throws where an id is not `family_layer` */
export function parseSaeId(id: string): { family: Family; layer: number } {
  const [, name, layer] = /^([a-z]+)_(\d+)$/.exec(id) ?? [];
  const family = FAMILIES.find((each) => each === name);
  if (family === undefined)
    throw new Error(
      `unknown SAE: ${id}: write a family (${FAMILIES.join(', ')}) and a layer, such as res_20`,
    );
  return { family, layer: Number(layer) };
}

/** A feature's name across the study: `res_20_1491`. */
export const featureId = (saeId: string, feature: number): string => `${saeId}_${feature}`;

/**
 * Refuse an SAE that does not fit where it is to be spliced in.
 * @throws `SAE att_14: d_in 2304 does not match blocks.14.attn.hook_z (2048): …`, `missing hook: …`
 */
export function checkFit({ id, hook, outputHook, dIn, dOut }: SaeSpec, graph: Graph): void {
  for (const [name, d, hookName] of [
    ['d_in', dIn, hook],
    ['d_out', dOut, outputHook],
  ] as const) {
    const width = graph.find(hookName).shape.at(-1);
    if (d !== width)
      throw new Error(
        `SAE ${id}: ${name} ${d} does not match ${hookName} (${width}): use an SAE trained there`,
      );
  }
}
