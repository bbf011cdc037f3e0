import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { openArrays } from '../../pipeline/sae/array-file.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { hooksOf } from '../../pipeline/sae/release.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { CANONICAL_L0 } from '../../pipeline/sae/releases/gemma-scope-l0.ts';
import { checkHooks, featureId, parseSaeId, type SaeSpec } from '../../pipeline/sae/sae.ts';
import { npy, writeNpz, zip } from '../../pipeline/sources/formats/write-npz.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { openGolden } from '../golden.ts';
import { tempDir } from '../temp.ts';

const zeros = (...dims: number[]): Tensor =>
  float32(new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
const good = (dIn = 4, dSae = 6): Record<string, Tensor> => ({
  W_enc: zeros(dIn, dSae),
  b_enc: zeros(dSae),
  W_dec: zeros(dSae, dIn),
  b_dec: zeros(dIn),
  threshold: zeros(dSae),
});

/** A release with one SAE at each L0. */
function release(t: TestContext, l0s: readonly number[], params = good()) {
  const dir = tempDir(t);
  const paths = l0s.map((l0) => {
    const at = join(dir, `layer_20/width_16k/average_l0_${l0}`);
    mkdirSync(at, { recursive: true });
    writeNpz(join(at, 'params.npz'), params);
    return join(at, 'params.npz');
  });
  return { folders: { release: GEMMA_SCOPE, dirs: { res: dir }, width: '16k' }, path: paths[0]! };
}

test('the canonical L0s cover 26 layers of each family, the study’s among them', () => {
  for (const [family, l0s] of Object.entries(CANONICAL_L0)) assert.equal(l0s.length, 26, family);
  const at = (family: 'res' | 'att', layers: number[]) =>
    layers.map((layer) => CANONICAL_L0[family][layer]);
  assert.deepEqual(at('att', [2, 7, 14, 18, 22]), [93, 99, 71, 72, 106]);
  assert.deepEqual(at('res', [0, 5, 7, 10, 15, 20]), [105, 68, 69, 77, 78, 71]);
});

test('the canonical L0 is taken, or the only one, or the one that is named', async (t) => {
  const canonical = release(t, [22, 71, 139]);
  assert.equal((await openSae(canonical.folders, 'res_20')).dSae, 6);
  assert.equal((await openSae(canonical.folders, 'res_20', '139')).layer, 20);
  assert.equal((await openSae(release(t, [9]).folders, 'res_20')).family, 'res');
  await assert.rejects(
    openSae(release(t, [9, 11]).folders, 'res_20'),
    /several SAEs \(average_l0_.*\): name the L0 of one|missing file/,
  );
  await assert.rejects(openSae(canonical.folders, 'res_20', '5'), /missing file: .*average_l0_5/);
});

test('an SAE that is not in its folder is said to be missing, with its width', async (t) => {
  const { folders } = release(t, [9]);
  await assert.rejects(
    openSae(folders, 'res_26'),
    /no res_26 of width 16k \(average_l0_\{l0\}\): train it, name another folder/,
  );
});

test('families read and write their own hooks', () => {
  assert.deepEqual(hooksOf(GEMMA_SCOPE, 'res', 3), [
    'blocks.3.hook_resid_post',
    'blocks.3.hook_resid_post',
  ]);
  assert.deepEqual(hooksOf(GEMMA_SCOPE, 'att', 3), [
    'blocks.3.attn.hook_z',
    'blocks.3.attn.hook_z',
  ]);
  assert.deepEqual(hooksOf(GEMMA_SCOPE, 'mlp', 3), [
    'blocks.3.hook_mlp_out',
    'blocks.3.hook_mlp_out',
  ]);
  assert.deepEqual(hooksOf(GEMMA_SCOPE, 'tc', 3), [
    'blocks.3.ln2.hook_normalized',
    'blocks.3.hook_mlp_out',
  ]);
});

test('names of SAEs and of features, the first and the last', () => {
  assert.deepEqual(parseSaeId('att_14'), { family: 'att', layer: 14 });
  assert.equal(featureId('res_20', 0), 'res_20_0');
  assert.equal(featureId('res_20', 16383), 'res_20_16383');
  for (const id of ['resid_20', 'res20', 'res_', 'res_-1'])
    assert.throws(() => parseSaeId(id), new RegExp(`unknown SAE: ${id}: write a family`));
});

suite('a damaged SAE is refused in one line', () => {
  const cases: [string, Record<string, Tensor>, RegExp][] = [
    ['a missing tensor', (({ b_enc: _, ...rest }) => rest)(good()), /missing array: b_enc in/],
    ['misfitting shapes', { ...good(), b_enc: zeros(5) }, /b_enc has shape \[5\], .* \[6\]/],
    ['another rank', { ...good(), W_dec: zeros(24) }, /W_dec has shape \[24\], expected 2 axes/],
    ['no features', good(4, 0), /W_enc has shape \[4,0\], no number/],
    ['a hook of no width', good(0, 6), /W_enc has shape \[0,6\], no number/],
    [
      'another type',
      { ...good(), b_dec: { dtype: 'float64', dims: [4], data: new Float64Array(4) } },
      /b_dec is float64, expected float32/,
    ],
    [
      'NaN',
      { ...good(), threshold: float32([0, 0, Number.NaN, 0, 0, 0], [6]) },
      /threshold: value 2 is not finite/,
    ],
  ];
  for (const [what, params, message] of cases)
    test(what, async (t) => {
      await assert.rejects(
        openSae(release(t, [71], params).folders, 'res_20').then((sae) => sae.load()),
        (error: Error) => message.test(error.message) && !error.message.includes('\n'),
      );
    });

  test('a truncated file', async (t) => {
    const { folders, path } = release(t, [71]);
    writeFileSync(path, readFileSync(path).subarray(0, -40));
    await assert.rejects(openSae(folders, 'res_20'), /not a zip archive, or truncated/);
  });
});

test('an array of whole numbers in safetensors is named', async (t) => {
  const path = join(tempDir(t), 'params.safetensors');
  writeSafetensors(path, { w_enc: { dtype: 'int32', dims: [2], data: new Int32Array(2) } });
  const get = await (await openArrays.safetensors(path)).read(['w_enc']);
  assert.throws(() => get('w_enc'), {
    message: `${path}: w_enc is int32, expected a floating type: fetch or train the SAE again`,
  });
});

/** A NumPy archive with another array, of any element type, beside the good ones. */
function withOther(t: TestContext, name: string, header: string, bytes: Buffer) {
  const found = release(t, [71]);
  const arrays = Object.entries(good()).map(([each, array]) => ({
    name: `${each}.npy`,
    bytes: npy(array),
  }));
  const preamble = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1');
  preamble.writeUInt16LE(header.length, 8);
  const other = {
    name: `${name}.npy`,
    bytes: Buffer.concat([preamble, Buffer.from(header), bytes]),
  };
  writeFileSync(found.path, zip([...arrays, other]));
  return found.folders;
}

const headerOf = (descr: string, shape: string): string =>
  `{'descr': ${descr.startsWith('[') ? descr : `'${descr}'`}, 'fortran_order': False, 'shape': (${shape}), }\n`;

test('what is no number beside the arrays is not read', async (t) => {
  for (const [descr, shape, bytes] of [
    ['<U3', '', 12],
    ['<U36', '2,', 288],
    ['|S5', '1,', 5],
    ['|O', '', 7],
    ["[('a', '<f4')]", '2,', 8],
  ] as const) {
    const folders = withOther(t, 'cfg', headerOf(descr, shape), Buffer.alloc(bytes, 1));
    assert.deepEqual((await (await openSae(folders, 'res_20')).load()).params.b_enc, zeros(6));
  }
  const single = withOther(t, 'l0', headerOf('<f8', ''), Buffer.alloc(8));
  assert.equal((await openSae(single, 'res_20')).dSae, 6);
});

test('any other number may change what an SAE computes, and is refused by name', async (t) => {
  for (const [name, descr, shape, bytes] of [
    ['W_skip', '<f4', '4, 4', 64],
    ['W_skip', '>f4', '4, 4', 64],
    ['scale', '<f8', '', 8],
    ['mask', '|b1', '6,', 6],
    ['k', '<i8', '', 8],
    ['rotation', '<c8', '4,', 32],
    ['half', '<V2', '4,', 8],
  ] as const) {
    const folders = withOther(t, name, headerOf(descr, shape), Buffer.alloc(bytes));
    await assert.rejects(openSae(folders, 'res_20'), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`params\\.npz: unknown array: ${name} \\[[\\d,]*\\],`),
      );
      return true;
    });
  }
});

test('an SAE that does not fit its hook is refused by name', () => {
  const graph = new Graph();
  forward(loadModel(join(openGolden('config_A').dir, 'model')), graph);
  const sae = (family: 'res' | 'att', layer: number, dIn: number): SaeSpec => {
    const [hook, outputHook] = hooksOf(GEMMA_SCOPE, family, layer);
    const id = `${family}_${layer}`;
    return { id, family, layer, hook, outputHook, dIn, dSae: 6, dOut: dIn };
  };
  checkHooks(sae('res', 2, 48), graph);
  checkHooks(sae('att', 2, 64), graph);
  assert.throws(
    () => checkHooks(sae('att', 2, 48), graph),
    /^Error: SAE att_2: d_in 48 does not match blocks\.2\.attn\.hook_z \(64\): use an SAE trained on that hook$/,
  );
  assert.throws(
    () => checkHooks(sae('res', 20, 48), graph),
    /missing hook: blocks\.20\.hook_resid_post \(/,
  );
});
