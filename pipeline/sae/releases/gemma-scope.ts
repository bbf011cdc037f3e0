import type { SaeRelease } from '../release.ts';
import { CANONICAL_L0 } from './gemma-scope-l0.ts';

/**
 * Gemma Scope: SAEs and transcoders for every layer of Gemma 2. MLP SAEs read the MLP's output after its norm.
 * Transcoders read the output of the norm before the MLP, without the norm's weight.
 * Source: Lieberum et al. (2024), arXiv 2408.05147, and the repositories on the hub.
 */
export const GEMMA_SCOPE: SaeRelease = {
  name: 'Gemma Scope',
  source: import.meta.url,
  hub: /^google\/gemma-scope-\d+b-(pt|it)$/,
  repository: '{hub}-{family}',
  file: 'layer_{layer}/width_{width}/average_l0_{l0}/params.npz',
  format: 'npz',
  arrays: {
    W_enc: 'W_enc',
    b_enc: 'b_enc',
    W_dec: 'W_dec',
    b_dec: 'b_dec',
    threshold: 'threshold',
  },
  families: {
    res: { folder: 'res', input: 'hook_resid_post', output: 'hook_resid_post' },
    att: { folder: 'att', input: 'attn.hook_z', output: 'attn.hook_z' },
    mlp: { folder: 'mlp', input: 'hook_mlp_out', output: 'hook_mlp_out' },
    tc: { folder: 'transcoders', input: 'ln2.hook_normalized', output: 'hook_mlp_out' },
  },
  canonical: {
    widths: ['16k'],
    l0s: ({ family, layer }) => CANONICAL_L0[family].slice(layer, layer + 1).map(String),
  },
};
