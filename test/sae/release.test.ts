import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import {
  chooseL0,
  l0Folder,
  namesInL0Folder,
  repositoryOf,
  type SaeRelease,
  saeFile,
} from '../../pipeline/sae/release.ts';
import { releaseOf } from '../../pipeline/sae/releases/all.ts';
import { GEMMA_SCOPE } from '../../pipeline/sae/releases/gemma-scope.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { tempDir } from '../temp.ts';

/** One repository of all families, lower-case names in safetensors, an L0 in words. */
const OTHER: SaeRelease = {
  name: 'Other',
  source: import.meta.url,
  hub: /^someone\/other-\w+$/,
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
  families: {
    tc: { folder: 'transcoder', input: 'ln2.output', output: 'hook_mlp_out', skip: 'w_skip' },
  },
  canonical: { widths: ['16k'], l0s: () => ['medium'] },
};

const counted = (start: number, ...dims: number[]): Tensor =>
  float32(
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => start + i),
    dims,
  );
const arrays = {
  w_enc: counted(0, 2, 3),
  b_enc: counted(10, 3),
  w_dec: counted(20, 3, 4),
  b_dec: counted(40, 4),
  threshold: counted(50, 3),
};

function write(t: TestContext, l0s: readonly string[], params: Record<string, Tensor> = arrays) {
  const dir = tempDir(t);
  for (const l0 of l0s) {
    const path = join(dir, `transcoder/layer_5_width_16k_l0_${l0}/params.safetensors`);
    mkdirSync(dirname(path), { recursive: true });
    writeSafetensors(path, params);
  }
  return { release: OTHER, dirs: { tc: dir }, width: '16k' };
}

test('where an SAE lies follows from the record', () => {
  const place = { id: 'tc_5', width: '16k' };
  assert.equal(
    repositoryOf(GEMMA_SCOPE, 'google/gemma-scope-2b-pt', 'tc'),
    'google/gemma-scope-2b-pt-transcoders',
  );
  assert.equal(saeFile(GEMMA_SCOPE, place, '71'), 'layer_5/width_16k/average_l0_71/params.npz');
  assert.equal(l0Folder(GEMMA_SCOPE, place), 'layer_5/width_16k');
  assert.equal(repositoryOf(OTHER, 'someone/other-1b', 'tc'), 'someone/other-1b');
  assert.equal(
    saeFile(OTHER, place, 'big'),
    'transcoder/layer_5_width_16k_l0_big/params.safetensors',
  );
  assert.equal(l0Folder(OTHER, place), 'transcoder');
  const listed = [
    `${saeFile(OTHER, place, 'big')}`,
    'transcoder/layer_5_width_16k_l0_big/config.json',
  ];
  assert.deepEqual(namesInL0Folder(OTHER, listed), ['layer_5_width_16k_l0_big']);
});

test('of several the canonical one is taken; other layers, widths and variants are not meant', () => {
  const place = { id: 'tc_5', width: '16k' };
  const name = (l0: string) => `layer_5_width_16k_l0_${l0}`;
  const choose = (...names: string[]) => chooseL0(OTHER, place, names, 'here');
  assert.equal(choose(name('small'), name('medium'), name('big')), 'medium');
  assert.equal(choose(name('small'), name('small_affine'), 'layer_5_width_65k_l0_big'), 'small');
  assert.equal(choose('layer_15_width_16k_l0_big'), 'medium');
  assert.throws(() => choose(name('small'), name('big')), {
    message: 'here: several SAEs (layer_5_width_16k_l0_small, big): name the L0 of one',
  });
});

test('an SAE of another layout is read into the same parameters, at its own hooks', async (t) => {
  const sae = await (await openSae(write(t, ['small', 'medium']), 'tc_5')).load();
  assert.deepEqual(
    [sae.hook, sae.outputHook, sae.dIn, sae.dSae, sae.dOut],
    ['blocks.5.ln2.output', 'blocks.5.hook_mlp_out', 2, 3, 4],
  );
  assert.deepEqual(sae.params.W_enc, arrays.w_enc);
  assert.deepEqual(sae.params.W_dec, arrays.w_dec);
  assert.deepEqual(sae.params.threshold, arrays.threshold);
});

test('what a release or an SAE does not have is refused by name', async (t) => {
  const { w_dec: _, ...rest } = arrays;
  const skipping = { ...arrays, w_skip: counted(0, 4, 2) };
  const scaled = { ...arrays, input_scale: counted(2) };
  const cases: [Promise<unknown>, RegExp][] = [
    [openSae(write(t, ['medium'], rest), 'tc_5'), /^missing array: w_dec in .* \(has w_enc /],
    [
      openSae(write(t, ['medium'], skipping), 'tc_5'),
      /: w_skip has shape \[4,2\], expected \[2,4\] by the other arrays: /,
    ],
    [
      openSae(write(t, ['medium'], scaled), 'tc_5'),
      /: unknown array: input_scale \[\], which may change what the SAE computes: use an SAE without it$/,
    ],
    [openSae(write(t, []), 'tc_5'), /^missing file: .*l0_medium\/params\.safetensors: /],
    [
      openSae({ ...write(t, []), dirs: { res: '/' } }, 'res_5'),
      /^Other has no res SAEs \(has tc\): name others$/,
    ],
  ];
  for (const [opened, message] of cases)
    await assert.rejects(opened, (error: Error) => {
      assert.match(error.message, message);
      return true;
    });
  assert.equal(releaseOf({ hub: 'google/gemma-scope-2b-pt' }), GEMMA_SCOPE);
  assert.equal(releaseOf({}), GEMMA_SCOPE);
  assert.equal(releaseOf({ train: { skip: true } }).families.tc!.skip, 'W_skip');
  assert.throws(() => releaseOf({ hub: 'someone/other-1b' }), {
    message:
      'unknown release of SAEs: someone/other-1b (known: Gemma Scope, Gemma Scope 2): use a known release',
  });
});
