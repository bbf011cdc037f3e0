import assert from 'node:assert/strict';
import { once } from 'node:events';
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
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { scanCachedRepo } from '@huggingface/hub';
import { loadTokenizer } from '../../pipeline/io/tokenizer.ts';
import { isCached, modelFolder } from '../../pipeline/model-folder.ts';
import { loadModel } from '../../pipeline/models/model.ts';
import { tempDir } from '../temp.ts';
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
import { type Fault, gitSha1, sha256 } from './server.ts';

const fetchModel = ({ hub, output }: Pick<Served, 'hub' | 'output'>) =>
  modelFolder(modelChoice, { root: '/', hub, output });

/** Fails unless it is refused in one line that matches, which shows no token. */
async function refused(served: Served, message: RegExp): Promise<void> {
  await assert.rejects(fetchModel(served), (error: Error) => {
    assert.match(error.message, message);
    assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${error.cause}`, /hf_/);
    assert.ok(!error.message.includes('\n'), error.message);
    return true;
  });
}

const blobs = ({ cache }: Served): string[] =>
  globSync('models--*/blobs/*', { cwd: cache }).map((path) => path.split('/').at(-1)!);
const snapshot = ({ cache }: Served): string =>
  join(cache, `models--${MODEL.replace('/', '--')}/snapshots/${REVISION}`);

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

/** Answer as told wherever the path matches; how often is left to the fault. */
const wherever = (pattern: RegExp, fault: Fault) => ({
  fault: ({ path }: { path: string }) => (pattern.test(path) ? fault : undefined),
});

suite('what the hub refuses is one line with the remedy', () => {
  test('401 without a token', async (t) => {
    await refused(
      await serveGemma(t, { token: TOKEN }),
      /^google\/gemma-2-2b-it: .* \(401\): accept the licence at https:\/\/huggingface\.co\/google\/gemma-2-2b-it, then set HF_TOKEN/,
    );
  });
  test('401 with a token', async (t) => {
    await refused(
      await serveGemma(t, { token: TOKEN }, { HF_TOKEN: 'hf_another' }),
      /refuses the token \(401\): make one at .* and set HF_TOKEN to it.*\/google\/gemma-2-2b-it$/,
    );
  });
  test('403', async (t) => {
    await refused(
      await serveGemma(t, wherever(/resolve/, { status: 403 }), { HF_TOKEN: TOKEN }),
      /refuses access \(403\): accept the licence at https:\/\/huggingface\.co\/google\/gemma-2-2b-it with the account of HF_TOKEN/,
    );
  });
  test('404', async (t) => {
    const served = await serveGemma(t);
    await assert.rejects(
      modelFolder({ ...modelChoice, revision: 'f'.repeat(40) }, { root: '/', ...served }),
      /^Error: google\/gemma-2-2b-it: not at .* at revision f{40} \(404\): check repository and revision/,
    );
  });
  test('a repository that is none', async (t) => {
    const fault = { status: 401, headers: { 'x-error-code': 'RepoNotFound' } };
    await refused(await serveGemma(t, wherever(/tree/, fault)), /no such repository at .*\(401\)/);
  });
  test('no file that is needed', async (t) => {
    const served = await serveGemma(t);
    rmSync(join(served.model, 'tokenizer.json'));
    await refused(served, /^google\/gemma-2-2b-it: no tokenizer\.json at revision 1{40}: /);
  });
  test('an index that names a shard that is not there', async (t) => {
    const served = await serveGemma(t);
    rmSync(join(served.model, SHARDS[1]!));
    await refused(served, /: no model-00002-of-00002\.safetensors at revision 1{40}: /);
  });
  test('nobody answers', async (t) => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const served = await serveGemma(t, {}, { HF_ENDPOINT: `http://127.0.0.1:${port}` });
    await refused(
      served,
      /^cannot reach http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\) to fetch google\/gemma-2-2b-it: check the connection/,
    );
    assert.deepEqual(served.waited, [1, 2, 4, 8]);
  });
  test('an endpoint that is no hub', async (t) => {
    const served = await serveGemma(t, wherever(/tree/, { body: Buffer.from('<html>') }));
    await refused(served, /^google\/gemma-2-2b-it: .* gives no list of files: check HF_ENDPOINT$/);
  });
});

suite('a hub that is busy or fails is asked again, and given up in one line', () => {
  test('429 waits as long as it is told', async (t) => {
    const status = { status: 429, headers: { 'retry-after': '7' } };
    const served = await serveGemma(t, wherever(/tree/, status));
    await refused(served, /has asked 5 times to wait \(429\): run again later, or set HF_TOKEN/);
    assert.deepEqual(served.waited, [7, 7, 7, 7]);
  });
  test('500 waits longer each time', async (t) => {
    const served = await serveGemma(t, wherever(/tree/, { status: 500 }));
    await refused(served, /has failed 5 times \(500\): run again later$/);
    assert.deepEqual(served.waited, [1, 2, 4, 8]);
  });
  test('503 that passes is not noticed', async (t) => {
    let failures = 0;
    const served = await serveGemma(t, {
      fault: ({ host }) => (host === 'cdn' && failures++ < 3 ? { status: 503 } : undefined),
    });
    await fetchModel(served);
    assert.equal(failures >= 4, true);
  });
  test('a link of the second host that has expired', async (t) => {
    const fault = ({ host }: { host: string }) => (host === 'cdn' ? { status: 403 } : undefined);
    const served = await serveGemma(t, { fault }, { HF_TOKEN: TOKEN });
    await refused(served, /: 127\.0\.0\.1:\d+ answers 403 in place of a file: run again later$/);
  });
});

/** The CDN's answers to one shard. */
const shard = (n: number, fault: (range: string | undefined) => Fault | undefined) => ({
  fault: ({ host, path, range }: { host: string; path: string; range: string | undefined }) =>
    host === 'cdn' && path.endsWith(SHARDS[n]!) ? fault(range) : undefined,
});

suite('a line that is cut', () => {
  test('is taken up where it ended', async (t) => {
    const served = await serveGemma(
      t,
      shard(0, (range) => (range === undefined ? { cutAfter: 300_000 } : undefined)),
    );
    const { dir } = await fetchModel(served);
    assert.deepEqual(
      readFileSync(join(dir, SHARDS[0]!)),
      readFileSync(join(served.model, SHARDS[0]!)),
    );
    const ranges = served.asked.filter(({ host, range }) => host === 'cdn' && range);
    assert.equal(ranges.length, 1);
    assert.match(ranges[0]!.range!, /^bytes=[1-9]\d*-$/);
  });

  test('too often is said, and a later run goes on from there', async (t) => {
    let cut = true;
    const served = await serveGemma(
      t,
      shard(0, () => (cut ? { cutAfter: 100_000 } : undefined)),
    );
    await refused(
      served,
      /^google\/gemma-2-2b-it: model-00001-of-00002\.safetensors: the line was cut 5 times \(.+\), at byte [1-9]\d* of \d+: run again/,
    );
    const name = sha256(readFileSync(join(served.model, SHARDS[0]!)));
    assert.ok(blobs(served).includes(`${name}.incomplete`));
    assert.ok(!blobs(served).includes(name));
    assert.equal(isCached(served.hub, { repo: MODEL, revision: REVISION }), false);
    cut = false;
    served.asked.length = 0;
    const { dir } = await fetchModel(served);
    const [first] = served.asked.filter(({ path }) => path.endsWith(SHARDS[0]!));
    assert.match(first!.range!, /^bytes=[1-9]\d{4,}-$/);
    assert.equal(sha256(readFileSync(join(dir, SHARDS[0]!))), name);
    assert.ok(!blobs(served).includes(`${name}.incomplete`));
  });

  test('by a server that knows no ranges starts over', async (t) => {
    let first = true;
    const served = await serveGemma(
      t,
      shard(0, () => {
        const fault = first ? { cutAfter: 200_000 } : { ignoreRange: true };
        first = false;
        return fault;
      }),
    );
    const { dir } = await fetchModel(served);
    assert.deepEqual(
      readFileSync(join(dir, SHARDS[0]!)),
      readFileSync(join(served.model, SHARDS[0]!)),
    );
  });
});

suite('wrong bytes are removed, and said to be wrong', () => {
  const cases: [string, (file: Buffer) => Buffer, RegExp][] = [
    [
      'a bit flipped',
      (file) => file.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)) as Buffer,
      /model-00001-of-00002\.safetensors: wrong bytes \(hash .*, expected .*\): removed; run again to fetch it$/,
    ],
    [
      'more than there should be',
      (file) => Buffer.concat([file, Buffer.from('more')]),
      /: wrong bytes \(more than its \d+ bytes\): removed; run again to fetch it$/,
    ],
  ];
  for (const [what, damage, message] of cases)
    test(what, async (t) => {
      let wrong = true;
      let served: Served | undefined;
      const body = () => damage(readFileSync(join(served!.model, SHARDS[0]!)));
      served = await serveGemma(
        t,
        shard(0, () => (wrong ? { body: body(), chunked: true } : undefined)),
      );
      await refused(served, message);
      const name = sha256(readFileSync(join(served.model, SHARDS[0]!)));
      assert.ok(blobs(served).every((blob) => !blob.startsWith(name)));
      wrong = false;
      await fetchModel(served);
      assert.ok(blobs(served).includes(name));
    });

  test('a page in place of a file', async (t) => {
    const page = { body: Buffer.from('<html>log in</html>') };
    const served = await serveGemma(
      t,
      shard(0, () => page),
    );
    await refused(served, /: wrong bytes \(19 of them, expected \d+\): run again later$/);
  });

  test('a part that was damaged on the disk', async (t) => {
    const served = await serveGemma(t);
    const name = sha256(readFileSync(join(served.model, SHARDS[0]!)));
    const dir = join(served.cache, 'models--google--gemma-2-2b-it/blobs');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${name}.incomplete`), 'not the beginning');
    await refused(served, /: wrong bytes \(hash .*\): removed/);
    assert.deepEqual(
      blobs(served).filter((blob) => blob.startsWith(name)),
      [],
    );
  });
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

test('a model in a folder is known by its content', async (t) => {
  const served = await serveGemma(t);
  const given = gemmaLike(t);
  const folder = () => modelFolder(modelChoice, { root: '/', ...served, given });
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

test('a folder without a model is named', async (t) => {
  const served = await serveGemma(t);
  const given = tempDir(t);
  await assert.rejects(modelFolder(modelChoice, { root: '/', ...served, given }), {
    message: `missing model: ${join(given, 'config.json')}: name its folder`,
  });
});
