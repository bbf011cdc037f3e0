import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { modelFolder } from '../../../pipeline/sources/model-folder.ts';
import { wherever } from './faults.ts';
import { refused } from './fetch.ts';
import { modelChoice, SHARDS, serveGemma, TOKEN } from './gemma.ts';

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
