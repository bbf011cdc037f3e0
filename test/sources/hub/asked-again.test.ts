import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { wherever } from './faults.ts';
import { fetchModel, refused } from './fetch.ts';
import { serveGemma, TOKEN } from './gemma.ts';

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
