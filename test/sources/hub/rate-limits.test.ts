import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { wherever } from './faults.ts';
import { refused } from './fetch.ts';
import { serveGemma } from './gemma.ts';

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
