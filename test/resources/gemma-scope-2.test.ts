import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { saeFolders } from '../../pipeline/resources/sae-folders.ts';
import { saesResource } from '../../pipeline/resources/saes.ts';
import { releaseOf } from '../../pipeline/sae/releases/all.ts';
import { openHub } from '../../pipeline/sources/hub/hub.ts';
import { specsOf } from '../../pipeline/stages/sae-specs.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../models/small-models.ts';
import { arraysOf, folderOf, WIDTH, type Written, writeSae } from '../sae/gemma-scope-2.ts';
import { serveHub } from '../sources/hub/server.ts';
import { tempDir } from '../temp.ts';

const HUB = 'google/gemma-scope-2-270m-pt';
const revision = '4'.repeat(40);
const choice = {
  hub: HUB,
  revisions: { res: revision, att: revision, tc: revision },
  width: String(WIDTH),
  ids: ['res_1', 'att_2', 'tc_3'],
};

const RES: Written = { family: 'res', layer: 1, l0: 'big' };
/** The repository has the heads' outputs of four layers alone, and no folder for those of every layer. */
const ATT: Written = { family: 'att', layer: 2, l0: 'medium', ofFour: true };
const TC: Written = { family: 'tc', layer: 3, l0: 'big_affine' };

/** A repository with the study's SAEs, that of `tc` without a config, and with others that are not meant. */
function repository(t: TestContext): string {
  const dir = tempDir(t);
  writeSae(dir, RES);
  writeSae(dir, { ...RES, l0: 'small' });
  writeSae(dir, { ...RES, l0: 'medium', ofFour: true });
  writeSae(dir, ATT);
  writeSae(dir, { ...ATT, l0: 'small' });
  writeSae(dir, TC, arraysOf(TC), null);
  writeSae(dir, { ...TC, l0: 'big' });
  return dir;
}

const output = Object.assign(Object.create(process.stderr), { write: () => true, isTTY: false });

async function serve(t: TestContext) {
  const dir = repository(t);
  const server = await serveHub(t, { repos: { [HUB]: { dir, revision } } });
  const env = { HF_ENDPOINT: server.endpoint, HF_HOME: tempDir(t) };
  return { ...server, env, options: { root: '/', hub: openHub(env), output } };
}

async function openAll(options: Parameters<typeof saeFolders>[1], saes = choice) {
  const folders = await saeFolders(saes, options);
  const resource = saesResource(saes, releaseOf({ hub: HUB }), folders);
  return { folders, saes: await resource.open() };
}

const firstBias = (written: Written) => arraysOf(written).b_dec!.data[0];

test('of one repository the SAEs that the study names are fetched, each with its config', async (t) => {
  const { options, asked, env } = await serve(t);
  const { folders, saes } = await openAll(options);
  const loaded = await Promise.all(saes.map((sae) => sae.load()));
  assert.deepEqual(
    loaded.map(({ id, params }) => [id, params.b_dec.data[0]]),
    [RES, ATT, TC].map((written, i) => [choice.ids[i], firstBias(written)]),
  );
  assert.deepEqual(
    loaded.map(({ hasSkip = false }) => hasSkip),
    [false, false, true],
  );
  const fetched = asked.filter(({ path }) => /\/resolve\//.test(path)).map(({ path }) => path);
  assert.deepEqual(
    fetched.map((path) => path.split(`${revision}/`)[1]).sort(),
    [
      ...[RES, ATT].map((each) => `${folderOf(each)}/config.json`),
      ...[RES, ATT, TC].map((each) => `${folderOf(each)}/params.safetensors`),
    ].sort(),
  );
  asked.length = 0;
  const offline = { ...options, hub: openHub({ ...env, HF_HUB_OFFLINE: '1' }) };
  const again = await openAll(offline);
  assert.deepEqual(
    again.saes.map(({ hook, outputHook }) => [hook, outputHook]),
    saes.map(({ hook, outputHook }) => [hook, outputHook]),
  );
  assert.equal(again.folders.revision, folders.revision);
  assert.deepEqual(asked, []);
});

test('of widths that every layer has, the hub is not asked which L0s there are', async (t) => {
  const { options } = await serve(t);
  const folders = await saeFolders({ ...choice, width: '16k', ids: ['tc_3'] }, options);
  await assert.rejects(folders.fetch!(), {
    message: `${HUB}: no transcoder_all/layer_3_width_16k_l0_big_affine at revision ${revision}: check the study file`,
  });
});

test('a folder stands for the repository, and is known by its content', async (t) => {
  const { options, asked } = await serve(t);
  const dir = repository(t);
  const { folders, saes } = await openAll({ ...options, override: dir });
  const biases = async (files: typeof saes) =>
    Promise.all(files.map(async (sae) => (await sae.load()).params.b_dec.data[0]));
  assert.deepEqual(await biases(saes), [RES, ATT, TC].map(firstBias));
  const moved = join(tempDir(t), 'elsewhere');
  renameSync(dir, moved);
  const elsewhere = await openAll({ ...options, override: moved });
  assert.equal(elsewhere.folders.revision, folders.revision);
  writeSae(moved, TC, { ...arraysOf(TC), b_dec: arraysOf(RES).b_dec! });
  const changed = await openAll({ ...options, override: moved });
  assert.notEqual(changed.folders.revision, folders.revision);
  rmSync(join(moved, folderOf(TC)), { recursive: true });
  rmSync(join(moved, folderOf({ ...TC, l0: 'big' })), { recursive: true });
  await assert.rejects(openAll({ ...options, override: moved }), {
    message: `missing SAEs: ${join(moved, folderOf(TC))}/params.safetensors: name their folder`,
  });
  assert.deepEqual(asked, []);
});

test('before the files exist, transcoders are planned with a skip connection', (t) => {
  const config = SMALL.gemma3_text;
  const { dims } = loadModel(writeSmall(tempDir(t), config, smallTensors(config)));
  const specs = specsOf({ ...choice, width: '65k' }, dims);
  assert.deepEqual(
    specs.map(({ hook, dIn, dSae, dOut, hasSkip = false }) => [hook, dIn, dSae, dOut, hasSkip]),
    [
      ['blocks.1.hook_resid_post', 24, 65_536, 24, false],
      ['blocks.2.attn.hook_z', 32, 65_536, 32, false],
      ['blocks.3.ln2.output', 24, 65_536, 24, true],
    ],
  );
});
