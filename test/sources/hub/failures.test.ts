import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { openHub } from '../../../pipeline/sources/hub/hub.ts';
import { isCached, modelFolder } from '../../../pipeline/sources/model-folder.ts';
import { blobs, fetchModel, refused } from './fetch.ts';
import { MODEL, modelChoice, REVISION, type Served, SHARDS, serveGemma, TOKEN } from './gemma.ts';
import { type Fault, sha256 } from './server.ts';

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

suite('a hub that says how long to wait', () => {
  const limited = async (t: TestContext, headers: Record<string, string>, waits: number[]) => {
    const served = await serveGemma(t, wherever(/tree/, { status: 429, headers }));
    await refused(served, /has asked 5 times to wait \(429\)/);
    assert.deepEqual(served.waited, waits);
  };
  test('by its limits, as the hub does now', async (t) => {
    const path = join(import.meta.dirname, '../../cases/hub/rate-limit.json');
    const { status, headers } = JSON.parse(readFileSync(path, 'utf8'));
    assert.equal(status, 429);
    await limited(t, headers, [55, 55, 55, 55]);
  });
  test('by several limits, of which one is spent', (t) =>
    limited(t, { ratelimit: '"pages";r=3;t=200, "api";r=0;t=20' }, [20, 20, 20, 20]));
  test('as earlier drafts have it', (t) =>
    limited(t, { ratelimit: 'limit=100, remaining=0, reset=12' }, [12, 12, 12, 12]));
  test('in a header of its own', (t) => limited(t, { 'ratelimit-reset': '9' }, [9, 9, 9, 9]));
  test('in two ways: Retry-After counts', (t) =>
    limited(t, { 'retry-after': '3', ratelimit: '"api";r=0;t=55' }, [3, 3, 3, 3]));
  test('longer than one waits', (t) =>
    limited(t, { ratelimit: '"api";r=0;t=86400' }, [300, 300, 300, 300]));
  test('in words that are not known', (t) => limited(t, { ratelimit: 'soon' }, [1, 2, 4, 8]));
});

suite('no wait is without end', () => {
  const SOON = { HF_HUB_DOWNLOAD_TIMEOUT: '0.2' };
  const list = /\/tree\//;

  test('a hub that never answers', async (t) => {
    const served = await serveGemma(t, wherever(list, { silent: true }), SOON);
    await refused(
      served,
      /^cannot reach http:\S+ \(no answer within 0\.2 s\) to fetch google\/gemma-2-2b-it: /,
    );
    assert.deepEqual(served.waited, [1, 2, 4, 8]);
  });
  test('a file that stops in the middle', async (t) => {
    const served = await serveGemma(
      t,
      shard(0, () => ({ holdAfter: 100_000 })),
      SOON,
    );
    await refused(
      served,
      /: the line was cut 5 times \(nothing came for 0\.2 s\), at byte 500000 of /,
    );
  });
  test('a list whose next page is itself', async (t) => {
    let asked = 0;
    const served = await serveGemma(t, {
      fault: ({ path }) => (list.test(path) && asked++ >= 0 ? { next: path } : undefined),
    });
    await refused(
      served,
      /a list of files that does not end \(it leads back to a page that was read\)/,
    );
    assert.equal(asked, 1);
  });
  test('a list that always has a further page', async (t) => {
    let page = 0;
    const served = await serveGemma(t, {
      fault: ({ path }) =>
        list.test(path)
          ? { next: `${path.split('?')[0]}?cursor=${page++}`, body: Buffer.from('[]') }
          : undefined,
    });
    await refused(
      served,
      /a list of files that does not end \(200 pages were read\): check HF_ENDPOINT$/,
    );
    assert.equal(page, 200);
  });
  test('a list of two pages is read', async (t) => {
    const served = await serveGemma(t, {
      fault: ({ path }) =>
        list.test(path) && !path.includes('cursor')
          ? { next: `${path.split('?')[0]}?cursor=x` }
          : undefined,
    });
    await fetchModel(served);
    assert.equal(served.asked.filter(({ path }) => path.includes('cursor')).length, 1);
  });
  test('a page of a list without end', async (t) => {
    const served = await serveGemma(t, wherever(list, { endless: true }));
    await refused(
      served,
      /gives an answer that does not end \(6\d{7} bytes in \d+ s\): check HF_ENDPOINT$/,
    );
  });
  test('a redirect to itself', async (t) => {
    let asked = 0;
    const served = await serveGemma(t, {
      fault: ({ path }) => {
        if (!list.test(path)) return undefined;
        asked++;
        return { status: 302, headers: { location: path } };
      },
    });
    await refused(served, /^cannot reach .* \(redirect count exceeded\) to fetch /);
    assert.ok(asked <= 5 * 21, `${asked} requests`);
  });
  test('a time to wait that is none', () => {
    for (const seconds of ['soon', '-1', '0', '1e9'])
      assert.throws(() => openHub({ HF_HUB_DOWNLOAD_TIMEOUT: seconds }), {
        message: `HF_HUB_DOWNLOAD_TIMEOUT is ${seconds}: write seconds, up to 3600`,
      });
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
