import type { CanonicalL0, SaeRelease } from '../release.ts';
import { checkConfig } from './gemma-scope-2-config.ts';

/**
 * Gemma Scope 2: SAEs and transcoders of Gemma 3. In contrast to Gemma Scope, one repository has all families, arrays are
 * in safetensors under lower-case names, a `config.json` beside them says which hooks they are for, and transcoders read
 * the output of the norm before the MLP with the norm's weight. Transcoders marked `affine` have a skip connection, which
 * is not transposed. `resid_post` and the like have four layers, `resid_post_all` and the like have every layer.
 *
 * Its cross-layer transcoders and crosscoders are of no family here.
 *
 * This has never been tried on the real files, only on files that the tests write in their layout.
 *
 * Source: Google DeepMind (2025), Gemma Scope 2: the repositories on the hub, as SAELens 6.37.6 and circuit-tracer
 * read them.
 */
export const GEMMA_SCOPE_2: SaeRelease = {
  name: 'Gemma Scope 2',
  source: import.meta.url,
  hub: /^google\/gemma-scope-2-\d+[mb]-(pt|it)$/,
  repository: '{hub}',
  file: '{family}/layer_{layer}_width_{width}_l0_{l0}/params.safetensors',
  format: 'safetensors',
  arrays: {
    W_enc: 'w_enc',
    b_enc: 'b_enc',
    W_dec: 'w_dec',
    b_dec: 'b_dec',
    threshold: 'threshold',
  },
  config: { name: 'config.json', check: checkConfig },
  families: {
    res: {
      folder: 'resid_post_all',
      otherFolder: 'resid_post',
      input: 'hook_resid_post',
      output: 'hook_resid_post',
    },
    att: {
      folder: 'attn_out_all',
      otherFolder: 'attn_out',
      input: 'attn.hook_z',
      output: 'attn.hook_z',
    },
    mlp: {
      folder: 'mlp_out_all',
      otherFolder: 'mlp_out',
      input: 'hook_mlp_out',
      output: 'hook_mlp_out',
    },
    tc: {
      folder: 'transcoder_all',
      otherFolder: 'transcoder',
      input: 'ln2.output',
      output: 'hook_mlp_out',
      skip: 'affine_skip_connection',
    },
  },
  canonical: { widths: ['16k', '262k'], l0s: canonicalL0s },
};

/**
 * `big` in folders with every layer, where there are only `small` and `big`; its target is 60 to 120 by depth. `medium`,
 * a target of 60, in folders with four layers. Of transcoders, those with a skip connection.
 */
function canonicalL0s({ family, folder }: Parameters<CanonicalL0['l0s']>[0]): readonly string[] {
  const l0s = folder.endsWith('_all') ? ['big', 'small'] : ['medium', 'big', 'small'];
  return family === 'tc' ? [...l0s.map((l0) => `${l0}_affine`), ...l0s] : l0s;
}
