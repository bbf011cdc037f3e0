import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { saeInputs, sparseActivation } from '../../pipeline/sae/jump-relu.ts';
import { openSaeLens } from '../../pipeline/sae/releases/saelens/open.ts';
import type { Sae, SaeFile } from '../../pipeline/sae/sae.ts';
import { assertClose, loadGolden, numbers, tolerance } from '../golden.ts';
import { golden, withArrays, withConfig } from './saelens-folder.ts';

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
