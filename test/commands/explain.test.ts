import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { explain } from '../../pipeline/commands/explain.ts';
import { explanationsResource } from '../../pipeline/resources/explanations.ts';
import { answer } from '../http.ts';
import { tempDir } from '../temp.ts';

const STUDIES = fileURLToPath(new URL('../../data/studies', import.meta.url));

function setUp(t: TestContext, endpoint: string) {
  const root = tempDir(t);
  cpSync(STUDIES, join(root, 'data/studies'), { recursive: true });
  const output = { isTTY: false, write: () => true } as unknown as WriteStream;
  return { dir: join(root, 'data/explanations'), options: { root, endpoint, output } };
}

test('every SAE’s explanations are kept, and read again', async (t) => {
  const endpoint = await answer(t, (url) =>
    url.endsWith('/batch-0.jsonl.gz')
      ? { body: gzipSync(JSON.stringify({ index: '3', description: `of ${url}` })) }
      : { status: 404 },
  );
  const { dir, options } = setUp(t, endpoint);
  await explain('gemma-2-2b-it', options);
  assert.equal(readdirSync(dir).length, 11);
  const ids = ['res_20', 'att_2', 'res_1'];
  const resource = explanationsResource(dir, ids);
  const opened = await resource.open();
  assert.match(
    opened.forSae('res_20').get(3)!,
    /\/v1\/gemma-2-2b\/20-gemmascope-res-16k\/explanations\//,
  );
  assert.deepEqual([...opened.forSae('res_1')], []);
  writeFileSync(join(dir, 'att_2.json'), '{"3": "other words"}');
  const after = explanationsResource(dir, ids);
  assert.notEqual(after.content, resource.content);
  assert.equal((await after.open()).forSae('att_2').get(3), 'other words');
});

test('a failure leaves what was fetched before', async (t) => {
  let fail = false;
  const endpoint = await answer(t, (url) =>
    !url.includes('batch-0')
      ? { status: 404 }
      : fail
        ? { status: 500 }
        : { body: '{"index": 1, "description": "good"}' },
  );
  const { dir, options } = setUp(t, endpoint);
  await explain('gemma-2-2b-it', options);
  const good = readFileSync(join(dir, 'res_20.json'));
  fail = true;
  await assert.rejects(explain('gemma-2-2b-it', options), /: 500 Internal Server Error: /);
  assert.deepEqual(readFileSync(join(dir, 'res_20.json')), good);
});

test('SAEs that the service does not have are not asked for', async (t) => {
  const { dir, options } = setUp(t, 'http://127.0.0.1:1');
  await assert.rejects(explain('miniature', options), {
    message: 'study miniature: its SAEs have no explanations to fetch: name another study',
  });
  assert.equal(existsSync(dir), false);
});

test('a damaged file is named', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'res_20.json'), '{');
  const message = `${join(dir, 'res_20.json')}: not JSON: delete it, or run "npm run explain" again`;
  const read = async () => (await explanationsResource(dir, ['res_20']).open()).forSae('res_20');
  await assert.rejects(read, { message });
  writeFileSync(join(dir, 'res_20.json'), '["words"]');
  await assert.rejects(read, /: no texts by feature: /);
});
