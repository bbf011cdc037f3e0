import { join } from 'node:path';
import type { Tensor } from '../../../graph/tensor.ts';
import { makeFolder } from '../../../schema/make-folder.ts';
import { writeText } from '../../../schema/write-text.ts';
import { writeSafetensors } from '../../../sources/formats/write-safetensors.ts';
import type { Sae } from '../../sae.ts';
import type { Architecture } from './config.ts';
import { CONFIG, WEIGHTS } from './open.ts';
import { transposed } from './parameters.ts';

/** The version of SAELens whose layout is written, and against which it was checked. */
export const LAYOUT_VERSION = '6.54.12';

/**
 * Write an SAE or a transcoder for SAELens, as JumpReLU: `cfg.json` and `sae_weights.safetensors`, which `SAE.load_from_disk`
 * reads. The config is written last: a folder without it is no SAE.
 * @param dir made where it is missing
 * @param modelName of the model that it is for
 * @throws of TopK, which is not JumpReLU, and of hooks that SAELens has no name for
 */
export function writeSaeLens(dir: string, sae: Sae, modelName: string): void {
  const config = configOf(sae, modelName);
  makeFolder(dir);
  writeSafetensors(join(dir, WEIGHTS), arraysOf(sae), { format: 'pt' });
  writeText(join(dir, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
}

function configOf(
  { id, family, dIn, dSae, dOut, hook, outputHook, hasSkip, k }: Sae,
  model: string,
) {
  if (k !== undefined) throw new Error(`SAE ${id} is TopK: export one with thresholds`);
  const isTranscoder = family === 'tc';
  const architecture: Architecture = isTranscoder
    ? hasSkip
      ? 'jumprelu_skip_transcoder'
      : 'jumprelu_transcoder'
    : 'jumprelu';
  return {
    architecture,
    d_in: dIn,
    d_sae: dSae,
    ...(isTranscoder && { d_out: dOut }),
    dtype: 'float32',
    device: 'cpu',
    apply_b_dec_to_input: false,
    normalize_activations: 'none',
    // SAELens then takes [..., heads, d_head], as the hook gives it, and flattens the heads.
    reshape_activations: family === 'att' ? 'hook_z' : 'none',
    metadata: {
      sae_lens_version: LAYOUT_VERSION,
      sae_lens_training_version: null,
      model_name: model,
      hook_name: nameOf(id, hook),
      ...(isTranscoder && { hook_name_out: nameOf(id, outputHook) }),
      hook_head_index: null,
    },
  };
}

/** The hooks that SAELens calls the same. */
const SAME = /^blocks\.\d+\.(hook_resid_post|attn\.hook_z|hook_mlp_out|ln2\.hook_normalized)$/;

function nameOf(id: string, hook: string): string {
  if (SAME.test(hook)) return hook;
  throw new Error(`SAE ${id}: SAELens has no name for ${hook}: export another`);
}

function arraysOf({ params }: Sae): Record<string, Tensor> {
  const { W_enc, b_enc, W_dec, b_dec, threshold, W_skip } = params;
  return {
    W_dec,
    W_enc,
    ...(W_skip && { W_skip: transposed(W_skip) }),
    b_dec,
    b_enc,
    threshold,
  };
}
