import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { shard } from './faults.ts';
import { blobs, fetchModel, refused } from './fetch.ts';
import { type Served, SHARDS, serveGemma } from './gemma.ts';
import { sha256 } from './server.ts';

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
