import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { isCached } from '../../../pipeline/sources/model-folder.ts';
import { shard } from './faults.ts';
import { blobs, fetchModel, refused } from './fetch.ts';
import { MODEL, REVISION, SHARDS, serveGemma } from './gemma.ts';
import { sha256 } from './server.ts';

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
