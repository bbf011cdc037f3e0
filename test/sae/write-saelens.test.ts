import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { isSaeLens, openSaeLens } from '../../pipeline/sae/releases/saelens/open.ts';
import { writeSaeLens } from '../../pipeline/sae/releases/saelens/write.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import type { Family } from '../../pipeline/schema/sae-families.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { tempDir } from '../temp.ts';

const HOOKS: Readonly<Record<Family, readonly [string, string]>> = {
  res: ['hook_resid_post', 'hook_resid_post'],
  att: ['attn.hook_z', 'attn.hook_z'],
  mlp: ['hook_mlp_out', 'hook_mlp_out'],
  tc: ['ln2.hook_normalized', 'hook_mlp_out'],
};

function randomSae(family: Family, hasSkip: boolean): Sae {
  const random = keyedRandom(5, `${family} ${hasSkip}`);
  const draw = (...dims: number[]) =>
    float32(
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
      dims,
    );
  const dOut = family === 'tc' ? 3 : 4;
  const [hook, outputHook] = HOOKS[family].map((name) => `blocks.7.${name}`);
  return {
    id: `${family}_7`,
    family,
    layer: 7,
    hook: hook!,
    outputHook: outputHook!,
    dIn: 4,
    dSae: 9,
    dOut,
    ...(hasSkip && { hasSkip }),
    params: {
      W_enc: draw(4, 9),
      b_enc: draw(9),
      W_dec: draw(9, dOut),
      b_dec: draw(dOut),
      threshold: draw(9),
      ...(hasSkip && { W_skip: draw(4, dOut) }),
    },
  };
}

for (const [family, hasSkip] of [
  ['res', false],
  ['att', false],
  ['mlp', false],
  ['tc', false],
  ['tc', true],
] as const)
  test(`what is written is read again, to the last bit: ${family}${hasSkip ? ' with a skip connection' : ''}`, async (t) => {
    const dir = join(tempDir(t), 'new/folder');
    const sae = randomSae(family, hasSkip);
    writeSaeLens(dir, sae, 'a model');
    assert.deepEqual(readdirSync(dir), ['cfg.json', 'sae_weights.safetensors']);
    assert.deepEqual(await (await openSaeLens(dir)).load(), sae);
    assert.equal(isSaeLens(dir), true);
    rmSync(join(dir, 'cfg.json'));
    assert.equal(isSaeLens(dir), false);
  });

test('the config is what SAELens reads: version 6, its architecture, nothing subtracted, heads as the hook gives them', (t) => {
  const dir = tempDir(t);
  const written = (sae: Sae) => {
    writeSaeLens(dir, sae, 'a model');
    return JSON.parse(readFileSync(join(dir, 'cfg.json'), 'utf8'));
  };
  const { metadata, ...att } = written(randomSae('att', false));
  assert.deepEqual(att, {
    architecture: 'jumprelu',
    d_in: 4,
    d_sae: 9,
    dtype: 'float32',
    device: 'cpu',
    apply_b_dec_to_input: false,
    normalize_activations: 'none',
    reshape_activations: 'hook_z',
  });
  assert.deepEqual(metadata, {
    sae_lens_version: '6.54.12',
    sae_lens_training_version: null,
    model_name: 'a model',
    hook_name: 'blocks.7.attn.hook_z',
    hook_head_index: null,
  });
  const plain = written(randomSae('tc', false));
  assert.deepEqual(
    [plain.architecture, plain.d_out, plain.reshape_activations, plain.metadata.hook_name_out],
    ['jumprelu_transcoder', 3, 'none', 'blocks.7.hook_mlp_out'],
  );
  assert.equal(written(randomSae('tc', true)).architecture, 'jumprelu_skip_transcoder');
});

test('TopK and hooks without a name in SAELens are refused, and nothing is written', (t) => {
  const dir = join(tempDir(t), 'x');
  const sae = randomSae('tc', false);
  assert.throws(
    () => writeSaeLens(dir, { ...sae, k: 3 }, 'm'),
    /^Error: SAE tc_7 is TopK: export one with thresholds$/,
  );
  assert.throws(
    () => writeSaeLens(dir, { ...sae, hook: 'blocks.7.ln2.output' }, 'm'),
    /^Error: SAE tc_7: SAELens has no name for blocks\.7\.ln2\.output: export another$/,
  );
  assert.throws(() => readdirSync(dir), /ENOENT/);
});
