import type { Graph } from '../graph/builder.ts';
import type { Tensor } from '../graph/tensor.ts';
import { FAMILIES, type Family } from '../schema/sae-families.ts';

/** The float32 parameters of a sparse autoencoder or transcoder, by their names in the papers. */
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
  /** [d_in, d_out]: of transcoders with a skip connection, which add `x W_skip` to what they decode. */
  readonly W_skip?: Tensor<Float32Array>;
}

/** The hooks and sizes of a sparse autoencoder. */
export interface SaeSpec {
  /** Family and layer, as in the write-up: `res_20`, `att_14`. */
  readonly id: string;
  readonly family: Family;
  readonly layer: number;
  /** Name of the hook whose value it reads. */
  readonly hook: string;
  /** Name of the hook whose value it reconstructs; differs from `hook` for transcoders. */
  readonly outputHook: string;
  readonly dIn: number;
  readonly dSae: number;
  readonly dOut: number;
  /** Whether it has a skip connection, `W_skip`; left out, it has none. */
  readonly hasSkip?: boolean;
  /** TopK: at each position only so many features are active, the largest; left out, all that exceed their thresholds. */
  readonly k?: number;
}

/** A sparse autoencoder with its parameters in memory. */
export interface Sae extends SaeSpec {
  readonly params: SaeParams;
}

/** A sparse autoencoder on disk. Callers with many SAEs load one at a time, to save memory. */
export interface SaeFile extends SaeSpec {
  /** Read the parameters. @throws where the file is damaged, or a value is not finite */
  load(): Promise<Sae>;
}

/** Family and layer of an id such as `res_20`. @throws where the id is not `family_layer` */
export function parseSaeId(id: string): { family: Family; layer: number } {
  const [, name, layer] = /^([a-z]+)_(\d+)$/.exec(id) ?? [];
  const family = FAMILIES.find((candidate) => candidate === name);
  if (family === undefined)
    throw new Error(
      `unknown SAE: ${id}: write a family (${FAMILIES.join(', ')}) and a layer, such as res_20`,
    );
  return { family, layer: Number(layer) };
}

/** Number of parameters: encoder, decoder, both biases, thresholds, and the skip connection where there is one. */
export const parametersOf = ({ dIn, dSae, dOut, hasSkip }: SaeSpec): number =>
  (dIn + dOut + 2) * dSae + dOut + (hasSkip ? dIn * dOut : 0);

/** A feature's name across the study: `res_20_1491`. */
export const featureId = (saeId: string, feature: number): string => `${saeId}_${feature}`;

/**
 * Check that an SAE's sizes match its hooks in a model's graph.
 * @throws `SAE att_14: d_in 2304 does not match blocks.14.attn.hook_z (2048): …`, `missing hook: …`
 */
export function checkHooks({ id, hook, outputHook, dIn, dOut }: SaeSpec, graph: Graph): void {
  for (const [name, d, hookName] of [
    ['d_in', dIn, hook],
    ['d_out', dOut, outputHook],
  ] as const) {
    const width = graph.find(hookName).shape.at(-1);
    if (d !== width)
      throw new Error(
        `SAE ${id}: ${name} ${d} does not match ${hookName} (${width}): use an SAE trained on that hook`,
      );
  }
}
