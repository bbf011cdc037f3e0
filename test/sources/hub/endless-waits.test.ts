import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openHub } from '../../../pipeline/sources/hub/hub.ts';
import { shard, wherever } from './faults.ts';
import { fetchModel, refused } from './fetch.ts';
import { serveGemma } from './gemma.ts';

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
        message: `HF_HUB_DOWNLOAD_TIMEOUT is ${seconds}: write seconds, from 0.1 up to 3600`,
      });
  });
});
