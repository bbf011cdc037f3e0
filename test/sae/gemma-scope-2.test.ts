import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { hooksOf } from '../../pipeline/sae/release.ts';
import { releaseOf } from '../../pipeline/sae/releases/all.ts';
import { GEMMA_SCOPE_2 } from '../../pipeline/sae/releases/gemma-scope-2.ts';
import type { SaeFile } from '../../pipeline/sae/sae.ts';
import { featuresOf } from '../../pipeline/sae/width.ts';
import { FAMILIES, type Family } from '../../pipeline/schema/sae-families.ts';
import { tempDir } from '../temp.ts';
import { arraysOf, configOf, folderOf, WIDTH, type Written, writeSae } from './gemma-scope-2.ts';

const TC: Written = { family: 'tc', layer: 2, l0: 'big_affine' };

const open = (dir: string, id: string, l0?: string): Promise<SaeFile> => {
  const dirs = Object.fromEntries(FAMILIES.map((family) => [family, dir]));
  return openSae({ release: GEMMA_SCOPE_2, dirs, width: String(WIDTH) }, id, l0);
};

test('the release is known by its repositories', () => {
  for (const hub of ['google/gemma-scope-2-270m-pt', 'google/gemma-scope-2-27b-it'])
    assert.equal(releaseOf({ hub }), GEMMA_SCOPE_2);
  assert.equal(releaseOf({ hub: 'google/gemma-scope-2b-pt' }).name, 'Gemma Scope');
  assert.throws(
    () => releaseOf({ hub: 'google/gemma-scope-2-270m' }),
    /^Error: unknown release of SAEs/,
  );
});

test('each family is at its hooks, and its arrays are the parameters', async (t) => {
  const dir = tempDir(t);
  const expected: Record<Family, readonly [string, string, number]> = {
    res: ['hook_resid_post', 'hook_resid_post', 24],
    att: ['attn.hook_z', 'attn.hook_z', 32],
    mlp: ['hook_mlp_out', 'hook_mlp_out', 24],
    tc: ['ln2.output', 'hook_mlp_out', 24],
  };
  for (const family of FAMILIES) {
    const written: Written = { family, layer: 2, l0: 'big' };
    writeSae(dir, written);
    const [input, output, d] = expected[family];
    const sae = await (await open(dir, `${family}_2`)).load();
    assert.deepEqual(
      [sae.hook, sae.outputHook, sae.dIn, sae.dSae, sae.dOut, sae.hasSkip],
      [`blocks.2.${input}`, `blocks.2.${output}`, d, WIDTH, d, undefined],
    );
    const { w_enc, b_enc, w_dec, b_dec, threshold } = arraysOf(written);
    const params = { W_enc: w_enc, b_enc, W_dec: w_dec, b_dec, threshold };
    assert.deepEqual(sae.params, params);
  }
  assert.deepEqual(hooksOf(GEMMA_SCOPE_2, 'tc', 7), [
    'blocks.7.ln2.output',
    'blocks.7.hook_mlp_out',
  ]);
});

test('an affine transcoder has its skip connection, as it is in the file', async (t) => {
  const dir = tempDir(t);
  writeSae(dir, TC);
  const sae = await (await open(dir, 'tc_2')).load();
  assert.equal(sae.hasSkip, true);
  assert.deepEqual(sae.params.W_skip, arraysOf(TC).affine_skip_connection);
});

test('of several SAEs the canonical one is taken: of every layer before of four, with a skip before without', async (t) => {
  const dir = tempDir(t);
  const chosen = async (family: Family, l0?: string) => {
    const sae = await (await open(dir, `${family}_2`, l0)).load();
    return sae.params.b_dec.data[0];
  };
  const first = (written: Written) => arraysOf(written).b_dec!.data[0];
  /** In the order in which they are written, each goes before those before it. */
  const rising: Written[] = [
    { family: 'tc', layer: 2, l0: 'medium_seed_1', ofFour: true },
    { family: 'tc', layer: 2, l0: 'small', ofFour: true },
    { family: 'tc', layer: 2, l0: 'big', ofFour: true },
    { family: 'tc', layer: 2, l0: 'medium', ofFour: true },
    { family: 'tc', layer: 2, l0: 'medium_affine', ofFour: true },
    { family: 'tc', layer: 2, l0: 'small' },
    { family: 'tc', layer: 2, l0: 'big' },
    { family: 'tc', layer: 2, l0: 'small_affine' },
    TC,
  ];
  for (const written of rising) {
    writeSae(dir, written);
    assert.equal(await chosen('tc'), first(written), folderOf(written));
  }
  for (const written of rising.filter(({ ofFour }) => !ofFour))
    assert.equal(await chosen('tc', written.l0), first(written));
  assert.equal(await chosen('tc', 'medium'), first(rising[3]!));
  writeSae(dir, { family: 'res', layer: 2, l0: 'big' });
  writeSae(dir, { family: 'res', layer: 2, l0: 'small' });
  assert.equal(await chosen('res'), first({ family: 'res', layer: 2, l0: 'big' }));
  await assert.rejects(
    open(dir, 'res_3'),
    /^Error: missing file: .*resid_post_all\/layer_3_width_48_l0_big\/params\.safetensors: /,
  );
});

test('a folder without config.json is taken as it is', async (t) => {
  const dir = tempDir(t);
  writeSae(dir, TC, arraysOf(TC), null);
  assert.equal((await open(dir, 'tc_2')).hasSkip, true);
  writeSae(dir, TC, arraysOf(TC), { hf_hook_point_in: configOf(TC).hf_hook_point_in });
  assert.equal((await open(dir, 'tc_2')).hasSkip, true);
});

test('a folder that is called affine has a skip connection, or is refused', async (t) => {
  const dir = tempDir(t);
  const { affine_skip_connection: _, ...rest } = arraysOf(TC);
  writeSae(dir, TC, rest, null);
  await assert.rejects(open(dir, 'tc_2'), {
    message: `${join(dir, folderOf(TC))}: no affine_skip_connection in params.safetensors: fetch it again`,
  });
});

/** Write a transcoder with other fields in its config, and expect one line that begins with the config's path. */
async function refuses(t: TestContext, config: object, message: string): Promise<void> {
  const dir = tempDir(t);
  writeSae(dir, TC, arraysOf(TC), config);
  const path = join(dir, folderOf(TC), 'config.json');
  await assert.rejects(open(dir, 'tc_2'), (error: Error) => {
    assert.ok(error.message.startsWith(`${path}: ${message}`), error.message);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
}

test('a config.json that says otherwise, or what is not known, is refused by its key', async (t) => {
  const norm = 'model.layers.2.pre_feedforward_layernorm';
  const cases: readonly [object, string][] = [
    [{ architecture: 'topk' }, 'architecture is "topk", expected "jump_relu"'],
    [{ type: 'clt' }, 'type is "clt", expected "transcoder"'],
    [{ width: 47 }, 'width is 47, expected 48'],
    [{ affine_connection: false }, 'affine_connection is false, expected true'],
    [{ hf_hook_point_in: `${norm}.input` }, 'hf_hook_point_in is "model.layers.2.pre_'],
    [
      { hf_hook_point_in: 'model.layers.3.pre_feedforward_layernorm.output' },
      `hf_hook_point_in is "model.layers.3.pre_feedforward_layernorm.output", expected "${norm}.output"`,
    ],
    [
      { hf_hook_point_out: 'model.layers.2.mlp.output' },
      'hf_hook_point_out is "model.layers.2.mlp',
    ],
    [{ input_scale: 3 }, 'input_scale: unknown field'],
  ];
  for (const [fields, message] of cases) await refuses(t, { ...configOf(TC), ...fields }, message);
  await refuses(t, [], 'not an object: ');
  const dir = tempDir(t);
  const plain: Written = { ...TC, l0: 'big' };
  writeSae(dir, plain, arraysOf(plain), { ...configOf(plain), affine_connection: true });
  await assert.rejects(open(dir, 'tc_2'), /affine_connection is true, expected false/);
  writeFileSync(join(dir, folderOf(plain), 'config.json'), '{');
  await assert.rejects(open(dir, 'tc_2'), /config\.json: not JSON: fetch or train the SAE again$/);
});

test('an array that the family does not have is refused by name, and so is one that does not fit', async (t) => {
  const res: Written = { family: 'res', layer: 2, l0: 'big' };
  const others = {
    affine_skip_connection: float32(new Float32Array(576), [24, 24]),
    scaling_factor: float32([1], []),
  };
  for (const [name, array] of Object.entries(others)) {
    const dir = tempDir(t);
    writeSae(dir, res, { ...arraysOf(res), [name]: array });
    await assert.rejects(open(dir, 'res_2'), new RegExp(`: unknown array: ${name} \\[`));
  }
  const dir = tempDir(t);
  writeSae(dir, res, { ...arraysOf(res), layer: float32([2], []) });
  assert.equal((await open(dir, 'res_2')).dSae, WIDTH);
  const turned = {
    ...arraysOf(TC),
    affine_skip_connection: float32(new Float32Array(24), [1, 24]),
  };
  writeSae(dir, TC, turned);
  await assert.rejects(
    open(dir, 'tc_2'),
    /affine_skip_connection has shape \[1,24\], expected \[24,24\]/,
  );
  writeSae(dir, TC, {
    ...arraysOf(TC),
    affine_skip_connection: float32(new Float32Array(576).fill(Number.NaN), [24, 24]),
  });
  await assert.rejects(
    open(dir, 'tc_2').then((sae) => sae.load()),
    /affine_skip_connection: value 0 is not finite/,
  );
  rmSync(join(dir, folderOf(TC)), { recursive: true });
  await assert.rejects(open(dir, 'tc_2'), /missing file/);
});

test('widths are as the release spells them', () => {
  const widths = { '384': 384, '2k': 2048, '16k': 16_384, '65k': 65_536, '131k': 131_072 };
  const large = { '262k': 262_144, '524k': 524_288, '1m': 1_048_576 };
  for (const [width, features] of Object.entries({ ...widths, ...large }))
    assert.equal(featuresOf(width), features);
  for (const width of ['20k', '16K', '', 'm', '1.5k'])
    assert.throws(() => featuresOf(width), /^Error: unknown width of SAEs: /);
});
