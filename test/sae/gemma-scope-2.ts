import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import type { Family } from '../../pipeline/schema/sae-families.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { SMALL } from '../models/small-models.ts';

/** Features of an SAE that tests write. */
export const WIDTH = 48;

/** Sizes of the hooks of the small Gemma 3: the residual stream is narrower than all heads together. */
const { hidden_size, num_attention_heads, head_dim } = SMALL.gemma3_text;
const D: Readonly<Record<Family, number>> = {
  res: hidden_size,
  att: num_attention_heads * head_dim,
  mlp: hidden_size,
  tc: hidden_size,
};

const SITES: Readonly<Record<Family, readonly [folder: string, input: string, output: string]>> = {
  res: ['resid_post', 'output', 'output'],
  att: ['attn_out', 'self_attn.o_proj.input', 'self_attn.o_proj.input'],
  mlp: ['mlp_out', 'post_feedforward_layernorm.output', 'post_feedforward_layernorm.output'],
  tc: ['transcoder', 'pre_feedforward_layernorm.output', 'post_feedforward_layernorm.output'],
};

/** An SAE to be written. */
export interface Written {
  readonly family: Family;
  readonly layer: number;
  /** With the suffix of a variant: `big_affine`. */
  readonly l0: string;
  /** In the folder of those with four layers, rather than that with every layer. */
  readonly ofFour?: boolean;
}

/** The folder of an SAE in its repository. */
export const folderOf = ({ family, layer, l0, ofFour }: Written): string =>
  `${SITES[family][0]}${ofFour ? '' : '_all'}/layer_${layer}_width_${WIDTH}_l0_${l0}`;

/** Random arrays under the release's names; those of variants with `affine` have a skip connection. */
export function arraysOf(written: Written): Record<string, Tensor<Float32Array>> {
  const random = keyedRandom(11, folderOf(written));
  const draw = (scale: number, mean: number, ...dims: number[]) =>
    float32(
      Array.from(
        { length: dims.reduce((a, b) => a * b, 1) },
        () => mean + scale * (2 * random() - 1),
      ),
      dims,
    );
  const d = D[written.family];
  return {
    w_enc: draw(0.5, 0, d, WIDTH),
    b_enc: draw(0.2, 0, WIDTH),
    w_dec: draw(0.5, 0, WIDTH, d),
    b_dec: draw(0.3, 0.1, d),
    threshold: draw(0.2, 0.3, WIDTH),
    ...(written.l0.endsWith('_affine') && { affine_skip_connection: draw(0.6, 0.05, d, d) }),
  };
}

/** The `config.json` of an SAE, with all the keys that the release's have. */
export const configOf = ({ family, layer, l0 }: Written) => ({
  hf_hook_point_in: `model.layers.${layer}.${SITES[family][1]}`,
  hf_hook_point_out: `model.layers.${layer}.${SITES[family][2]}`,
  width: WIDTH,
  model_name: 'google/gemma-3-270m-pt',
  architecture: 'jump_relu',
  l0: 20,
  affine_connection: l0.endsWith('_affine'),
  type: family === 'tc' ? 'transcoder' : 'sae',
});

/** Write an SAE in the layout of Gemma Scope 2. @param config null for a folder without one */
export function writeSae(
  dir: string,
  written: Written,
  arrays: Readonly<Record<string, Tensor>> = arraysOf(written),
  config: object | null = configOf(written),
): void {
  const folder = join(dir, folderOf(written));
  mkdirSync(folder, { recursive: true });
  writeSafetensors(join(folder, 'params.safetensors'), arrays);
  if (config !== null) writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

/** Terms of a reconstruction, each in double precision. */
export interface PlainTerms {
  readonly acts: readonly number[];
  /** [d_out] each; their sum is the reconstruction. */
  readonly features: readonly number[];
  readonly bias: readonly number[];
  readonly skip: readonly number[];
}

/** What an SAE makes of one value of its input hook, by the release's formula and nothing of the pipeline. */
export function plainTerms({ params, dSae, dOut }: Sae, x: readonly number[]): PlainTerms {
  const { W_enc, b_enc, W_dec, b_dec, threshold, W_skip } = params;
  const acts = Array.from({ length: dSae }, (_, f) => {
    const pre = x.reduce(
      (sum, value, i) => sum + value * W_enc.data[i * dSae + f]!,
      b_enc.data[f]!,
    );
    return pre > 0 && pre > threshold.data[f]! ? pre : 0;
  });
  const columns = Array.from({ length: dOut }, (_, j) => j);
  return {
    acts,
    features: columns.map((j) =>
      acts.reduce((sum, act, f) => sum + act * W_dec.data[f * dOut + j]!, 0),
    ),
    bias: columns.map((j) => b_dec.data[j]!),
    skip: columns.map((j) =>
      W_skip ? x.reduce((sum, value, i) => sum + value * W_skip.data[i * dOut + j]!, 0) : 0,
    ),
  };
}

/** The reconstruction of a value. */
export const plainReconstruction = (terms: PlainTerms): number[] =>
  terms.features.map((value, j) => value + terms.bias[j]! + terms.skip[j]!);
