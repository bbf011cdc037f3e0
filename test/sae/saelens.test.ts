import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { saeInputs, sparseActivation } from '../../pipeline/sae/jump-relu.ts';
import { openSaeLens } from '../../pipeline/sae/releases/saelens/open.ts';
import type { Sae, SaeFile } from '../../pipeline/sae/sae.ts';
import { openSafetensors, readTensor } from '../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { assertClose, loadGolden, numbers, openGolden, tolerance } from '../golden.ts';
import { tempDir } from '../temp.ts';

const golden = openGolden('saelens');
const reference = await loadGolden(golden, 'reference.npz');

/** The SAEs that SAELens wrote, and what each is here. */
const SITES: Readonly<Record<string, Partial<SaeFile>>> = {
  standard: at('res', 3, 'hook_resid_post'),
  standard_0: at('res', 3, 'hook_resid_post'), // the residual stream before layer 4
  standard_bfloat16: at('res', 4, 'hook_resid_post'),
  gated: at('res', 3, 'hook_resid_post'),
  topk: { ...at('mlp', 2, 'hook_mlp_out'), k: 4 },
  topk_4: { ...at('mlp', 2, 'hook_mlp_out'), k: 5 },
  jumprelu: at('att', 1, 'attn.hook_z'),
  batchtopk: at('res', 3, 'hook_resid_post'),
  transcoder: at('tc', 2, 'ln2.hook_normalized', 'hook_mlp_out'),
  skip_transcoder: { ...at('tc', 2, 'ln2.output', 'hook_mlp_out'), hasSkip: true },
  jumprelu_transcoder: at('tc', 2, 'ln2.hook_normalized', 'hook_mlp_out'),
  jumprelu_skip_transcoder: { ...at('tc', 2, 'ln2.output', 'hook_mlp_out'), hasSkip: true },
};

function at(
  family: SaeFile['family'],
  layer: number,
  input: string,
  output = input,
): Partial<SaeFile> {
  const [hook, outputHook] = [input, output].map((name) => `blocks.${layer}.${name}`);
  const sizes = { dIn: 6, dSae: 16, dOut: family === 'tc' ? 5 : 6 };
  return {
    id: `${family}_${layer}`,
    family,
    layer,
    hook: hook!,
    outputHook: outputHook!,
    ...sizes,
  };
}

/** What an SAE makes of some values. @param x [n, d_in] */
async function apply(sae: Sae, x: Tensor): Promise<Record<'acts' | 'reconstruction', Tensor>> {
  const graph = new Graph();
  const weights = saeInputs(graph, sae);
  const values = graph.input('x', 'float32', ['N', sae.dIn]);
  const sparse = sparseActivation(weights, values, graph.input('y', 'float32', ['N', sae.dOut]));
  graph.output('acts', sparse.featureActs);
  graph.output('reconstruction', sparse.reconstruction);
  await using session = await openSession(graph, { provider: 'cpu' });
  const y = float32(new Float32Array(x.dims[0]! * sae.dOut), [x.dims[0]!, sae.dOut]);
  const { acts, reconstruction } = await session.run({ ...sae.params, x, y });
  return { acts: acts as Tensor, reconstruction: reconstruction as Tensor };
}

suite('what SAELens wrote gives what SAELens computes with it', () => {
  for (const [name, expected] of Object.entries(SITES))
    test(name, async () => {
      const file = await openSaeLens(join(golden.dir, name));
      const { load: _, ...spec } = file;
      assert.deepEqual(spec, expected);
      const sae = await file.load();
      const found = await apply(sae, reference.get(`${name} x`));
      for (const what of ['acts', 'reconstruction'] as const) {
        const array = `${name} ${what}`;
        const tol = tolerance(golden, 'reference.npz', array);
        assertClose(found[what], reference.get(array), tol, array);
      }
      const active = (tensor: Tensor) => numbers(tensor.data).map((act) => act > 0);
      assert.deepEqual(active(found.acts), active(reference.get(`${name} acts`)));
    });

  test('no two of them compute the same, and each has active features', () => {
    const names = Object.keys(SITES);
    const acts = names.map((name) => numbers(reference.get(`${name} acts`).data));
    for (const of of acts) assert.ok(of.some((act) => act > 0) && of.some((act) => act === 0));
    assert.equal(new Set(acts.map((of) => of.join())).size, names.length);
    assert.deepEqual(
      new Set(reference.names.map((name) => name.slice(0, name.lastIndexOf(' ')))),
      new Set(names),
    );
  });
});

type Config = Record<string, unknown> & { metadata?: Record<string, unknown> };

/** A copy of an SAE with another config. @returns its folder */
function withConfig(t: TestContext, name: string, change: (config: Config) => unknown): string {
  const dir = tempDir(t);
  cpSync(join(golden.dir, name), dir, { recursive: true });
  const path = join(dir, 'cfg.json');
  const config: Config = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(change(config)));
  return dir;
}

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

test('a field of null is as one that is missing, and the same in two places is one', async (t) => {
  const dir = withConfig(t, 'standard', ({ metadata, ...config }) => ({
    ...config,
    hook_name: metadata!.hook_name,
    hook_layer: 3,
    k: null,
    normalize_activations: null,
    metadata,
  }));
  assert.equal((await openSaeLens(dir)).id, 'res_3');
});

/** A copy of an SAE with other arrays. */
function withArrays(
  t: TestContext,
  name: string,
  change: (arrays: Record<string, Tensor<Float32Array>>) => Record<string, Tensor>,
): string {
  const dir = withConfig(t, name, (config) => config);
  const path = join(dir, 'sae_weights.safetensors');
  const stored = [...openSafetensors(path)].map(
    ([key, slice]) => [key, readTensor(slice)] as const,
  );
  writeSafetensors(path, change(Object.fromEntries(stored)));
  return dir;
}

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

test('a TopK feature without a direction is never active, and nothing becomes NaN', async (t) => {
  const dir = withArrays(t, 'topk', (arrays) => {
    arrays.W_dec!.data.fill(0, 0, 6);
    return arrays;
  });
  const sae = await (await openSaeLens(dir)).load();
  const { acts, reconstruction } = await apply(sae, reference.get('topk x'));
  assert.ok(numbers(acts.data).every((act, i) => (i % 16 === 0 ? act === 0 : act >= 0)));
  assert.ok(numbers(reconstruction.data).every(Number.isFinite));
});
