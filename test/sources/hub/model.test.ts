import assert from 'node:assert/strict';
import {
  cpSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scanCachedRepo } from '@huggingface/hub';
import { loadTokenizer } from '../../../pipeline/sources/formats/tokenizer.ts';
import { openHub } from '../../../pipeline/sources/hub/hub.ts';
import { modelFolder } from '../../../pipeline/sources/model-folder.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { tempDir } from '../../temp.ts';
import { fetchModel, refused, snapshot } from './fetch.ts';
import {
  gemmaLike,
  INDEX,
  MINIATURE,
  MODEL,
  modelChoice,
  REVISION,
  type Served,
  SHARDS,
  serveGemma,
  TOKEN,
} from './gemma.ts';
import { gitSha1, sha256 } from './server.ts';

test('a model is fetched into the layout that the hub’s clients share, and only what is needed of it', async (t) => {
  const served = await serveGemma(t);
  const { id, dir, revision } = await fetchModel(served);
  assert.deepEqual([id, dir, revision], [MODEL, snapshot(served), REVISION]);
  const files = ['config.json', 'generation_config.json', ...SHARDS, INDEX];
  const all = [...files, 'tokenizer.json', 'tokenizer_config.json'];
  assert.deepEqual(globSync('**/*', { cwd: dir }).sort(), all.sort());
  for (const file of all) {
    const data = readFileSync(join(served.model, file));
    assert.deepEqual(readFileSync(join(dir, file)), data);
    const name = /safetensors$|tokenizer\.json$/.test(file) ? sha256(data) : gitSha1(data);
    assert.equal(readlinkSync(join(dir, file)), `../../blobs/${name}`);
  }
  assert.equal(loadModel(dir).dims.nLayers, loadModel(MINIATURE).dims.nLayers);
  assert.equal(loadTokenizer(dir).vocabSize, loadTokenizer(MINIATURE).vocabSize);
  const { revisions } = await scanCachedRepo(join(dir, '../..'));
  assert.deepEqual(
    revisions.map(({ commitOid, files }) => [commitOid, files.length]),
    [[REVISION, all.length]],
  );
});

test('what is in the cache is not asked for again, with a network or without', async (t) => {
  const served = await serveGemma(t);
  await fetchModel(served);
  const before = served.asked.length;
  await fetchModel(served);
  await fetchModel({ ...served, hub: { ...served.hub, offline: true } });
  assert.equal(served.asked.length, before);
});

test('one file that is missing is fetched alone', async (t) => {
  const served = await serveGemma(t);
  const { dir } = await fetchModel(served);
  rmSync(realpathSync(join(dir, SHARDS[1]!)));
  rmSync(join(dir, 'config.json'));
  served.asked.length = 0;
  await fetchModel(served);
  const paths = served.asked.filter(({ path }) => path.includes('/resolve/'));
  assert.deepEqual(
    paths.map(({ path }) => path.split('/').at(-1)),
    [SHARDS[1]],
  );
});

test('weights in one file need no index', async (t) => {
  const served = await serveGemma(t);
  for (const file of [...SHARDS, INDEX]) rmSync(join(served.model, file));
  cpSync(join(MINIATURE, 'model.safetensors'), join(served.model, 'model.safetensors'));
  const { dir } = await fetchModel(served);
  assert.equal(loadModel(dir).dims.nLayers, loadModel(MINIATURE).dims.nLayers);
});

test('a cache that a Python tool has filled is read without a request', async (t) => {
  const served = await serveGemma(t);
  const repository = join(served.cache, 'models--google--gemma-2-2b-it');
  for (const folder of ['blobs', 'refs', `snapshots/${REVISION}`, '../.locks'])
    mkdirSync(join(repository, folder), { recursive: true });
  writeFileSync(join(repository, 'refs/main'), REVISION);
  for (const file of globSync('*.*', { cwd: served.model })) {
    const data = readFileSync(join(served.model, file));
    const blob = /safetensors$|tokenizer\.json$/.test(file) ? sha256(data) : gitSha1(data);
    writeFileSync(join(repository, 'blobs', blob), data);
    symlinkSync(`../../blobs/${blob}`, join(repository, 'snapshots', REVISION, file));
  }
  const { dir } = await fetchModel(served);
  assert.equal(dir, snapshot(served));
  assert.equal(loadModel(dir).dims.nLayers, loadModel(MINIATURE).dims.nLayers);
  assert.deepEqual(served.asked, []);
});

test('offline, what is missing is named, and nothing is asked', async (t) => {
  const served = await serveGemma(t, {}, { HF_HUB_OFFLINE: '1' });
  await refused(
    served,
    /^google\/gemma-2-2b-it: config\.json and 3 more of revision 1{40} not in the cache, and HF_HUB_OFFLINE is set: unset it, or fetch with "hf download google\/gemma-2-2b-it --revision 1{40}"$/,
  );
  assert.deepEqual(served.asked, []);
});

test('the token is shown to the hub and not to the host that it sends files from', async (t) => {
  const served = await serveGemma(t, { token: TOKEN }, { HF_TOKEN: TOKEN });
  await fetchModel(served);
  const by = (host: 'hub' | 'cdn') => served.asked.filter((asked) => asked.host === host);
  assert.deepEqual([by('hub').length, by('cdn').length], [8, 3]);
  for (const { authorization } of by('hub')) assert.equal(authorization, `Bearer ${TOKEN}`);
  for (const { authorization } of by('cdn')) assert.equal(authorization, undefined);
  for (const file of globSync('**/*', { cwd: served.env.HF_HOME! })) {
    const path = join(served.env.HF_HOME!, file);
    if (statSync(path).isFile()) assert.ok(!readFileSync(path, 'latin1').includes(TOKEN), file);
  }
  assert.ok(!served.output.text.join('').includes(TOKEN));
});

test('the token that logging in leaves in HF_HOME counts', async (t) => {
  const home = tempDir(t);
  writeFileSync(join(home, 'token'), `${TOKEN}\n`);
  const served = await serveGemma(t, { token: TOKEN }, { HF_HOME: home });
  await fetchModel(served);
});

test('endpoint and token that are malformed are refused unseen', async (t) => {
  await assert.rejects(
    serveGemma(t, {}, { HF_TOKEN: 'hf_one\nhf_two' }),
    (error: Error) =>
      /^HF_TOKEN is not a token: /.test(error.message) && !/hf_/.test(error.message),
  );
  await assert.rejects(
    serveGemma(t, {}, { HF_ENDPOINT: 'http://me:secret@host' }),
    (error: Error) => /^HF_ENDPOINT is not/.test(error.message) && !/secret/.test(error.message),
  );
});

test('a file of the token that is a folder is named', (t) => {
  const home = tempDir(t);
  mkdirSync(join(home, 'token'));
  assert.throws(() => openHub({ HF_HOME: home }), {
    message: `${join(home, 'token')}: cannot be read (EISDIR): mend or remove it, or set HF_TOKEN`,
  });
});

test('a model in a folder is known by its content', async (t) => {
  const served = await serveGemma(t);
  const given = gemmaLike(t);
  const folder = () => modelFolder(modelChoice, { root: '/', ...served, override: given });
  const before = await folder();
  assert.equal(before.id, MODEL);
  assert.equal(before.dir, given);
  assert.match(before.revision, /^[0-9a-f]{64}$/);
  const path = join(given, SHARDS[1]!);
  const data = readFileSync(path);
  data[data.length - 1]! ^= 1;
  writeFileSync(path, data);
  assert.notEqual((await folder()).revision, before.revision);
  assert.deepEqual(served.asked, []);
  assert.equal(lstatSync(path).isFile(), true);
});

/** The served model, with its template in a file of its own, or none. */
function moveTemplate(served: Served, to: string | null): void {
  const path = join(served.model, 'tokenizer_config.json');
  const { chat_template, ...config } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(config));
  if (to !== null) writeFileSync(join(served.model, to), chat_template);
}

test('a chat template in a file of its own is fetched, also for a cache that lacks it', async (t) => {
  const served = await serveGemma(t);
  moveTemplate(served, 'chat_template.jinja');
  const { dir } = await fetchModel(served);
  const prompt = loadTokenizer(MINIATURE).chatPrompt('List films.');
  assert.equal(loadTokenizer(dir).chatPrompt('List films.'), prompt);
  rmSync(join(dir, 'chat_template.jinja'));
  await fetchModel(served);
  assert.equal(loadTokenizer(dir).chatPrompt('List films.'), prompt);
});

test('an adapter beside a model is named, and nothing is fetched', async (t) => {
  const served = await serveGemma(t);
  writeFileSync(join(served.model, 'adapter_config.json'), '{}');
  await refused(
    served,
    /^google\/gemma-2-2b-it: has an adapter_config\.json, which changes the weights [^\n]+: name a model/,
  );
});

test('a model without a chat template is asked for one once', async (t) => {
  const served = await serveGemma(t);
  moveTemplate(served, null);
  await fetchModel(served);
  served.asked.length = 0;
  await fetchModel(served);
  assert.deepEqual(served.asked, []);
  rmSync(join(served.cache, 'models--google--gemma-2-2b-it/.no_exist'), { recursive: true });
  await fetchModel({ ...served, hub: { ...served.hub, offline: true } });
  assert.deepEqual(served.asked, []);
  await fetchModel(served);
  assert.equal(served.asked.length, 1);
});

test('a chat template in a file of its own counts in the folder that has it', async (t) => {
  const served = await serveGemma(t);
  const given = gemmaLike(t);
  const revision = async () =>
    (await modelFolder(modelChoice, { root: '/', ...served, override: given })).revision;
  const revisions = [await revision()];
  for (const template of ['a', 'b']) {
    writeFileSync(join(given, 'chat_template.jinja'), template);
    revisions.push(await revision());
  }
  assert.equal(new Set(revisions).size, 3);
});

test('a folder in place of a model’s file is named', async (t) => {
  const served = await serveGemma(t);
  const given = gemmaLike(t);
  rmSync(join(given, INDEX));
  mkdirSync(join(given, INDEX));
  await assert.rejects(modelFolder(modelChoice, { root: '/', ...served, override: given }), {
    message: `${join(given, INDEX)}: a folder, where a file is expected: name another`,
  });
});

test('a folder without a model is named', async (t) => {
  const served = await serveGemma(t);
  const given = tempDir(t);
  await assert.rejects(modelFolder(modelChoice, { root: '/', ...served, override: given }), {
    message: `missing model: ${join(given, 'config.json')}: name its folder`,
  });
});
