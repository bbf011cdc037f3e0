import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SaeFolders } from '../../pipeline/resources/sae-folders.ts';
import { saeFolders } from '../../pipeline/resources/sae-folders.ts';
import { saesResource } from '../../pipeline/resources/saes.ts';
import { openSae } from '../../pipeline/sae/open-sae.ts';
import { releaseOf } from '../../pipeline/sae/releases/all.ts';
import { RELEASE, REVISIONS, saeChoice, serveGemma } from '../sources/hub/gemma.ts';
import { tempDir } from '../temp.ts';

const SAES = fileURLToPath(new URL('../../data/models/miniature-saes', import.meta.url));

async function openAll({ dirs, fetch }: SaeFolders, width: string, ids: readonly string[]) {
  const l0s = await fetch?.();
  const release = releaseOf({ hub: RELEASE });
  return Promise.all(ids.map((id) => openSae({ release, dirs, width }, id, l0s?.get(id))));
}

test('of each repository the SAEs that the study names are fetched, and no others', async (t) => {
  const served = await serveGemma(t);
  const folders = await saeFolders(saeChoice, { root: '/', ...served });
  assert.equal(folders.id, RELEASE);
  assert.equal(folders.revision, `res ${REVISIONS.res}, att ${REVISIONS.att}`);
  assert.deepEqual(served.asked, []);
  const [res, att] = await openAll(folders, saeChoice.width, saeChoice.ids);
  assert.deepEqual([res!.id, att!.id], saeChoice.ids);
  await res!.load();
  const files = globSync('models--*/snapshots/*/**/*.npz', { cwd: served.cache });
  assert.deepEqual(
    files.map((path) => path.split('/').slice(2, 4).join('/')).sort(),
    [`${REVISIONS.res}/layer_0`, `${REVISIONS.att}/layer_1`].sort(),
  );
  served.asked.length = 0;
  const offline = { ...served, hub: { ...served.hub, offline: true } };
  await openAll(await saeFolders(saeChoice, { root: '/', ...offline }), '384', saeChoice.ids);
  assert.deepEqual(served.asked, []);
});

test('an SAE of another width than its folder says is refused', async (t) => {
  const dir = tempDir(t);
  const folder = join(dir, 'res/layer_0/width_16k/average_l0_9');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'params.npz');
  cpSync(globSync(join(SAES, 'res/layer_0/width_384/*/params.npz'))[0]!, file);
  const saes = { dir: 'saes', width: '16k', ids: ['res_0'] };
  const served = await serveGemma(t);
  const folders = await saeFolders(saes, { root: '/', ...served, override: dir });
  await assert.rejects(async () => saesResource(saes, releaseOf({}), folders).open(), {
    message: `${file}: 384 features, and its folder says width 16k (16384): fetch or train the SAE again`,
  });
});

test('of 16k features the canonical one is meant, whatever else the cache has there', async (t) => {
  const served = await serveGemma(t, {}, { HF_HUB_OFFLINE: '1' });
  const width = '16k';
  const folders = await saeFolders(
    { ...saeChoice, width, ids: ['res_0'] },
    { root: '/', ...served },
  );
  const at = (l0: number) => join(folders.dirs.res!, `layer_0/width_16k/average_l0_${l0}`);
  const put = (l0: number) => {
    mkdirSync(at(l0), { recursive: true });
    cpSync(
      globSync(join(SAES, 'res/layer_0/width_384/*/params.npz'))[0]!,
      join(at(l0), 'params.npz'),
    );
  };
  put(13);
  await assert.rejects(
    folders.fetch!(),
    /^Error: google\/gemma-scope-2b-pt-res: layer_0\/width_16k\/average_l0_105\/params\.npz of revision 2{40} not in the cache, and HF_HUB_OFFLINE is set/,
  );
  put(105);
  assert.deepEqual([...(await folders.fetch!())], [['res_0', '105']]);
});

test('a width or a layer that the release does not have is one line', async (t) => {
  const served = await serveGemma(t);
  for (const [width, id] of [
    ['16k', 'res_0'],
    ['768', 'res_0'],
    ['384', 'res_9'],
  ] as const) {
    const folders = await saeFolders({ ...saeChoice, width, ids: [id] }, { root: '/', ...served });
    await assert.rejects(folders.fetch!(), (error: Error) => {
      assert.match(
        error.message,
        /^google\/gemma-scope-2b-pt-res: no layer_\d\/width_\w+.* at revision 2{40}: check the study file$/,
      );
      return true;
    });
  }
});

test('SAEs in a folder go by the family’s name or by the repository’s, and are known by their content', async (t) => {
  const served = await serveGemma(t);
  const short = tempDir(t);
  const full = tempDir(t);
  for (const family of ['res', 'att']) {
    cpSync(join(SAES, family), join(short, family), { recursive: true });
    cpSync(join(SAES, family), join(full, `gemma-scope-2b-pt-${family}`), { recursive: true });
  }
  const find = (given: string) => saeFolders(saeChoice, { root: '/', ...served, override: given });
  const before = await find(short);
  assert.equal((await find(full)).revision, before.revision);
  assert.equal((await openAll(before, '384', saeChoice.ids)).length, 2);
  const path = globSync(join(full, '*-att/layer_1/width_384/*/params.npz'))[0]!;
  const data = readFileSync(path);
  data[data.length - 30]! ^= 1;
  writeFileSync(path, data);
  assert.notEqual((await find(full)).revision, before.revision);
  rmSync(globSync(join(short, 'res/layer_5/width_384/*'))[0]!, { recursive: true });
  assert.equal((await find(short)).revision, before.revision); // not one of the study's
  rmSync(join(short, 'att'), { recursive: true });
  await assert.rejects(find(short), {
    message: `missing SAEs: ${join(short, 'att or gemma-scope-2b-pt-att')}: name their folder`,
  });
  assert.ok(existsSync(full));
  assert.deepEqual(served.asked, []);
});
