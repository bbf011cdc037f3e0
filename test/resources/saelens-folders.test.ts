import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { saeFolders } from '../../pipeline/resources/sae-folders.ts';
import { saesResource } from '../../pipeline/resources/saes.ts';
import { releaseOf } from '../../pipeline/sae/releases/all.ts';
import { openHub } from '../../pipeline/sources/hub/hub.ts';
import type { SaeChoice } from '../../pipeline/study/study.ts';
import { tempDir } from '../temp.ts';

const WRITTEN = fileURLToPath(new URL('../golden/saelens', import.meta.url));

/** Copies of SAEs that SAELens wrote, each into a folder of the given name. */
function folderWith(t: TestContext, saes: Readonly<Record<string, string>>): string {
  const dir = tempDir(t);
  for (const [folder, name] of Object.entries(saes))
    cpSync(join(WRITTEN, name), join(dir, folder), { recursive: true });
  return dir;
}

const options = (override?: string) => ({
  root: '/nowhere',
  hub: openHub({ HF_HUB_OFFLINE: '1' }),
  output: { isTTY: false, write: () => true } as unknown as NodeJS.WriteStream,
  override,
});

const choice = (ids: readonly string[], saes: Partial<SaeChoice> = {}): SaeChoice =>
  ({ dir: 'saes', width: '16', ids: [...ids], ...saes }) as SaeChoice;

async function openIn(dir: string, ids: readonly string[]) {
  const saes = choice(ids);
  const folders = await saeFolders(saes, options(dir));
  return { folders, saes: await saesResource(saes, releaseOf(saes), folders).open() };
}

test('SAEs are found by their files, at any depth of a repository, whatever their folders are called', async (t) => {
  const dir = folderWith(t, {
    'blocks.2.hook_mlp_out': 'topk_4',
    'layer_1/width_16/average_l0_4': 'jumprelu',
    tc: 'jumprelu_skip_transcoder',
  });
  writeFileSync(join(dir, 'README.md'), 'a card');
  symlinkSync(dir, join(dir, 'again')); // a circle
  const ids = ['mlp_2', 'att_1', 'tc_2'];
  const { folders, saes } = await openIn(dir, ids);
  assert.deepEqual(
    saes.map(({ id, hook, k, hasSkip }) => [id, hook, k, hasSkip]),
    [
      ['mlp_2', 'blocks.2.hook_mlp_out', 5, undefined],
      ['att_1', 'blocks.1.attn.hook_z', undefined, undefined],
      ['tc_2', 'blocks.2.ln2.output', undefined, true],
    ],
  );
  for (const sae of saes) assert.ok((await sae.load()).params.W_enc);
  assert.equal(folders.id, `SAELens: ${basename(dir)}`);
  const again = saesResource(choice(ids), releaseOf({}), folders);
  assert.equal(await again.open(), await again.open());
  assert.ok(again.readers.some((url) => url.endsWith('/saelens/open.ts')));
});

test('a folder may be that of one SAE, and lie in the project', async (t) => {
  const root = folderWith(t, { saes: 'standard' });
  const folders = await saeFolders(choice(['res_3']), { ...options(), root });
  assert.equal(folders.id, 'SAELens: saes');
  assert.deepEqual(
    folders.saeLens!.map(({ id }) => id),
    ['res_3'],
  );
});

test('they are known by their content: config and weights of those that the study names', async (t) => {
  const dir = folderWith(t, { a: 'standard', b: 'topk' });
  const revision = async () => (await openIn(dir, ['res_3'])).folders.revision;
  const before = await revision();
  renameSync(join(dir, 'a'), join(dir, 'other'));
  writeFileSync(join(dir, 'b/sparsity.safetensors'), 'x');
  writeFileSync(join(dir, 'b/cfg.json'), `${readFileSync(join(dir, 'b/cfg.json'), 'utf8')} `);
  assert.equal(await revision(), before);
  const path = join(dir, 'other/cfg.json');
  writeFileSync(path, `${readFileSync(path, 'utf8')} `);
  const changed = await revision();
  assert.notEqual(changed, before);
  const weights = join(dir, 'other/sae_weights.safetensors');
  const bytes = readFileSync(weights);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(weights, bytes);
  assert.notEqual(await revision(), changed);
});

test('of several that are the same, that in the folder of the id is meant, or none', async (t) => {
  const dir = folderWith(t, { a: 'standard', b: 'gated', 'c/d': 'batchtopk' });
  await assert.rejects(openIn(dir, ['res_3']), {
    message: `${dir}: several SAEs are res_3 of 16 features (a, b, c/d): call the folder of one res_3`,
  });
  cpSync(join(dir, 'b'), join(dir, 'c/res_3'), { recursive: true });
  const { saes } = await openIn(dir, ['res_3']);
  const { threshold } = (await saes[0]!.load()).params;
  assert.ok(threshold.data.some((value) => value !== 0)); // the gated one
});

test('what is not there, or not supported, is one line; what the study does not name may be anything', async (t) => {
  const dir = folderWith(t, { a: 'standard', b: 'topk' });
  const path = join(dir, 'b/cfg.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...config, architecture: 'temporal' }));
  assert.equal((await openIn(dir, ['res_3'])).saes.length, 1);
  const start = `missing SAEs: ${dir} has no mlp_2 of 16 features (has res_3 of 16; 1 not supported, such as ${path}: architecture is "temporal"`;
  await assert.rejects(openIn(dir, ['res_3', 'mlp_2']), (error: Error) => {
    assert.ok(error.message.startsWith(start.slice(0, 380)), error.message);
    assert.match(error.message, /: name others in the study$/);
    return true;
  });
  await assert.rejects(
    saeFolders({ ...choice(['res_3']), width: '32' }, options(dir)),
    /^Error: missing SAEs: .* has no res_3 of 32 features \(has res_3 of 16; /,
  );
  await assert.rejects(openIn(join(dir, 'b'), ['mlp_2']), (error: Error) =>
    error.message.startsWith(`${path}: architecture is "temporal", expected "standard" or`),
  );
});

test('half an SAE is named with the file that it lacks', async (t) => {
  const dir = folderWith(t, { a: 'standard', b: 'topk' });
  for (const [folder, file] of [
    ['a', 'cfg.json'],
    ['b', 'sae_weights.safetensors'],
  ] as const)
    rmSync(join(dir, folder, file));
  await assert.rejects(openIn(join(dir, 'b'), ['mlp_2']), {
    message: `missing SAEs: ${join(dir, 'b/mlp')}; ${join(dir, 'b')} lacks sae_weights.safetensors: name their folder`,
  });
  cpSync(join(WRITTEN, 'jumprelu'), join(dir, 'c'), { recursive: true });
  await assert.rejects(openIn(dir, ['att_1', 'res_3']), {
    message: `missing SAEs: ${dir} has no res_3 of 16 features (has att_1 of 16; ${join(dir, 'a')} lacks cfg.json): name others in the study`,
  });
});

test('a folder without such SAEs is one of Gemma Scope’s layout', async (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'res'));
  writeFileSync(join(dir, 'res/cfg.json'), '{}'); // without weights beside it
  await assert.rejects(openIn(dir, ['res_3']), /^Error: missing SAEs: .*res\/layer_3\/width_16\//);
});
