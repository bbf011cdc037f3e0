import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { openSaeLens } from '../../pipeline/sae/releases/saelens/open.ts';
import { withArrays, withConfig } from './saelens-folder.ts';

/** Expect one line that begins with a file of the folder, and goes on as said. */
async function refuses(dir: string, file: string, message: string): Promise<void> {
  await assert.rejects(
    openSaeLens(dir).then((sae) => sae.load()),
    (error: Error) => {
      const start = `${join(dir, file)}: ${message}`;
      assert.ok(error.message.startsWith(start), `${error.message}\nnot ${start}`);
      assert.match(error.message, /^[^\n]*: [^:\n]*[a-z][^:\n]*$/);
      return true;
    },
  );
}

suite('a config that says what is not supported is refused by its field', () => {
  const UNSUPPORTED: readonly [name: string, change: object, message: string][] = [
    [
      'standard',
      { architecture: 'temporal' },
      'architecture is "temporal", expected "standard" or',
    ],
    ['standard', { architecture: 'batchtopk' }, 'architecture is "batchtopk", expected "standard"'],
    ['standard', { architecture: 'constructor' }, 'architecture is "constructor", expected'],
    ['standard', { architecture: undefined }, 'no architecture, expected "standard" or "topk" or'],
    ['standard', { normalize_activations: 'layer_norm' }, 'normalize_activations is "layer_norm"'],
    ['standard', { normalize_activations: 'constant_norm_rescale' }, 'normalize_activations is'],
    ['standard', { normalize_activations: 'covariance_whitening' }, 'normalize_activations is'],
    [
      'standard',
      { normalize_activations: 'expected_average_only_in' },
      'normalize_activations is "expected_average_only_in", expected "none", as the scale is in no file: fold it',
    ],
    [
      'standard_0',
      { normalize_activations: true },
      'normalize_activations is true, expected "none"',
    ],
    ['standard', { activation_fn: 'tanh-relu' }, 'activation_fn is "tanh-relu", expected "relu"'],
    ['standard', { activation_fn: 'topk', k: 3 }, 'activation_fn is "topk", expected "relu"'],
    ['topk_4', { activation_fn_kwargs: {} }, 'no k, expected a whole number from 1 on'],
    [
      'topk_4',
      { activation_fn_kwargs: { k: 0 } },
      'activation_fn_kwargs is { k: 0 }, expected k from 1',
    ],
    ['topk_4', { activation_fn_kwargs: { k: 5, leak: 1 } }, 'activation_fn_kwargs is { k: 5, leak'],
    ['topk_4', { activation_fn_kwargs: [5] }, 'activation_fn_kwargs is [ 5 ], expected an object'],
    ['topk_4', { k: 6 }, 'activation_fn_kwargs is { k: 5 }, expected k alone, and the same as k'],
    ['topk', { k: 17 }, 'k is 17, expected k from 1 to 16'],
    ['topk', { k: 2.5 }, 'k is 2.5, expected a whole number from 1 on'],
    ['topk', { k: null }, 'no k, expected a whole number from 1 on'],
    ['gated', { rescale_acts_by_decoder_norm: true }, 'rescale_acts_by_decoder_norm is true'],
    ['transcoder', { apply_b_dec_to_input: true }, 'apply_b_dec_to_input is true, expected false'],
    ['transcoder', { apply_b_dec_to_input: undefined }, 'no apply_b_dec_to_input, expected false'],
    ['transcoder', { d_out: undefined }, 'no d_out, expected a whole number from 1 on'],
    ['standard', { d_out: 5 }, 'd_out is 5, expected 6, as d_in'],
    ['standard', { d_sae: '16' }, 'd_sae is "16", expected a whole number from 1 on'],
    ['standard', { dtype: 'float8' }, 'dtype is "float8", expected "float32" or'],
    ['jumprelu', { reshape_activations: 'flat' }, 'reshape_activations is "flat", expected "none"'],
    ['standard', { k: 3 }, 'k is 3, expected nothing, of standard'],
    ['jumprelu', { k: 3 }, 'k is 3, expected nothing, of jumprelu'],
    [
      'standard',
      { reshape_activations: 'hook_z' },
      'reshape_activations is "hook_z", expected "no',
    ],
    ['standard', { input_scale: 3 }, 'input_scale: unknown field, which may change what the SAE'],
    ['standard', { 'two\nlines': 3 }, 'two\\u000alines: unknown field'],
    ['standard_0', { hook_point_layer: 3 }, 'hook_point_layer is 3, expected 4, as in hook_name'],
    ['standard_0', { hook_point_head_index: 2 }, 'hook_point_head_index is 2, expected null'],
    ['standard_0', { hook_point: 'blocks.0.hook_resid_pre' }, 'hook_point is "blocks.0.hook_resid'],
    [
      'standard_0',
      { hook_name: 'blocks.5.hook_resid_pre' },
      'hook_point is "blocks.4.hook_resid_p',
    ],
  ];
  for (const [name, change, message] of UNSUPPORTED)
    test(message, async (t) => {
      const dir = withConfig(t, name, (config) => ({ ...config, ...change }));
      await refuses(dir, 'cfg.json', message);
    });

  const OF_MODEL: readonly [name: string, change: object, message: string][] = [
    [
      'standard',
      { hook_name: 'blocks.3.hook_attn_out' },
      'metadata.hook_name is "blocks.3.hook_at',
    ],
    [
      'standard',
      { hook_name: 'blocks.3.hook_resid_mid' },
      'metadata.hook_name is "blocks.3.hook_r',
    ],
    [
      'standard',
      { hook_name: 'model.layers.3.mlp' },
      'metadata.hook_name is "model.layers.3.mlp",',
    ],
    [
      'standard',
      { hook_name: 'hook_embed' },
      'metadata.hook_name is "hook_embed", expected blocks',
    ],
    ['standard', { hook_name: null }, 'no hook_name, expected blocks.N.hook_resid_post, blocks.N.'],
    ['standard', { sae_lens_version: 6 }, 'metadata.sae_lens_version is 6, expected a text'],
    [
      'standard',
      { sae_lens_version: 'v6' },
      'metadata.sae_lens_version is "v6", expected a version',
    ],
    ['standard', { hook_name: 3 }, 'metadata.hook_name is 3, expected a text'],
    ['standard', { hook_name_out: 'blocks.4.hook_resid_post' }, 'metadata.hook_name_out is "block'],
    ['standard', { hook_head_index: 0 }, 'metadata.hook_head_index is 0, expected null, as an SAE'],
    [
      'standard',
      { hf_hook_name: 'model.layers.2' },
      'metadata.hf_hook_name is "model.layers.2", e',
    ],
    [
      'standard',
      { seqpos_slice: [1, null] },
      'metadata.seqpos_slice is [ 1, null ], expected [nul',
    ],
    ['standard', { architecture: 'standard' }, 'metadata.architecture: unknown field'],
    [
      'standard',
      { model_from_pretrained_kwargs: { fold_ln: true } },
      'model_from_pretrained_kwargs: fold_ln is true, expected false',
    ],
    [
      'standard',
      { model_from_pretrained_kwargs: { scale: 2 } },
      'model_from_pretrained_kwargs: scale is 2, expected an argument that leaves activations as',
    ],
    ['transcoder', { hook_name_out: null }, 'no hook_name_out, expected blocks.2.hook_mlp_out'],
    ['transcoder', { hook_name_out: 'blocks.3.hook_mlp_out' }, 'metadata.hook_name_out is "block'],
    ['transcoder', { hook_name: 'blocks.2.hook_mlp_in' }, 'metadata.hook_name is "blocks.2.hook_m'],
    [
      'jumprelu_skip_transcoder',
      { hf_hook_name: 'model.layers.3.pre_feedforward_layernorm.output' },
      'metadata.hf_hook_name is "model.layers.3.pre_feedforward_layernorm.output", expected the module of blocks.2.ln2.output',
    ],
  ];
  for (const [name, change, message] of OF_MODEL)
    test(message, async (t) => {
      const dir = withConfig(t, name, ({ metadata, ...config }) => ({
        ...config,
        metadata: { ...metadata, ...change },
      }));
      await refuses(dir, 'cfg.json', message);
    });

  test('no object, no JSON', async (t) => {
    await refuses(
      withConfig(t, 'standard', () => []),
      'cfg.json',
      'a list, where an object is',
    );
    const dir = withConfig(t, 'standard', (config) => config);
    writeFileSync(join(dir, 'cfg.json'), '{');
    await refuses(dir, 'cfg.json', 'not JSON: fetch or save the SAE again');
  });
});

suite('weights that are not those of the config are refused by array', () => {
  const FILE = 'sae_weights.safetensors';
  const full = (value: number, ...dims: number[]) =>
    float32(new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value), dims);

  test('one too many, one too few, one of another shape', async (t) => {
    await refuses(
      withArrays(t, 'standard', (arrays) => ({ ...arrays, threshold: full(0.1, 16) })),
      FILE,
      'unknown array: threshold [16], which may change what the SAE computes',
    );
    await refuses(
      withArrays(t, 'batchtopk', (arrays) => ({ ...arrays, log_threshold: full(0.1, 16) })),
      FILE,
      'unknown array: log_threshold [16]',
    );
    const turned = withArrays(t, 'skip_transcoder', (arrays) => ({
      ...arrays,
      W_skip: full(0.1, 6, 5),
    }));
    await refuses(turned, FILE, 'W_skip has shape [6,5], expected [5,6] by its config');
    const lacking = withArrays(t, 'gated', ({ r_mag: _, ...rest }) => rest);
    await assert.rejects(openSaeLens(lacking), /^Error: missing array: r_mag in .*\(has /);
    const narrow = withConfig(t, 'standard', (config) => ({ ...config, d_sae: 15 }));
    await refuses(narrow, FILE, 'W_enc has shape [6,16], expected [6,15] by its config');
  });

  test('values that are not finite, or are not when something is folded into them', async (t) => {
    const nan = withArrays(t, 'standard', (arrays) => ({ ...arrays, b_dec: full(Number.NaN, 6) }));
    await refuses(nan, FILE, 'b_dec: value 0 is not finite');
    const large = withArrays(t, 'gated', (arrays) => ({ ...arrays, r_mag: full(200, 16) }));
    await refuses(large, FILE, 'W_enc with what is folded into it: value 0 is not finite');
  });

  test('factors of a training after the training, unless all are 1', async (t) => {
    const scaled = withArrays(t, 'standard_0', (arrays) => {
      arrays.scaling_factor!.data[3] = 1.5;
      return arrays;
    });
    await refuses(scaled, FILE, 'scaling_factor of feature 3 is 1.5, expected 1');
  });
});
