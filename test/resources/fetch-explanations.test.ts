import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fetchExplanations } from '../../pipeline/resources/fetch-explanations.ts';
import { answer, type Reply } from '../http.ts';

const CASES = join(import.meta.dirname, '../cases/explanations');
const SOURCE = '20-gemmascope-res-16k';
const PLACE = `/v1/gemma-2-2b/${SOURCE}/explanations`;

/** Files from 0, then none. */
const files =
  (...replies: readonly Reply[]) =>
  (url: string): Reply =>
    replies[Number(/batch-(\d+)\.jsonl\.gz$/.exec(url)?.[1])] ?? { status: 404 };

const lines = (...rows: readonly object[]): Reply => ({
  body: gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
});

test('explanations come by feature, the first of each; a missing description is none', async (t) => {
  const asked: string[] = [];
  const serve = files({ body: readFileSync(join(CASES, 'batch-0.jsonl.gz')) });
  const endpoint = await answer(t, (url) => {
    asked.push(url);
    return serve(url);
  });
  const found = await fetchExplanations(SOURCE, endpoint);
  assert.deepEqual([...found].sort(), [
    [0, 'the first'],
    [7, 'words that count'],
  ]);
  assert.deepEqual(asked, [`${PLACE}/batch-0.jsonl.gz`, `${PLACE}/batch-1.jsonl.gz`]);
});

test('several files, one of them empty; packed by the server, or not at all', async (t) => {
  const endpoint = await answer(
    t,
    files(
      lines({ index: 3, description: 'three' }),
      lines(),
      { body: '{"index": "4", "description": "four", "typeName": "np_max-act"}\n' },
      lines({ index: 3, description: 'three again' }, { index: 5 }),
    ),
  );
  const found = await fetchExplanations(SOURCE, endpoint);
  assert.deepEqual(
    [...found],
    [
      [3, 'three'],
      [4, 'four'],
    ],
  );
});

async function refused(t: TestContext, reply: (url: string) => Reply, reason: RegExp) {
  const endpoint = await answer(t, reply);
  await assert.rejects(fetchExplanations(SOURCE, endpoint), ({ message }: Error) => {
    assert.ok(message.startsWith(`${endpoint}${PLACE}/batch-`), message);
    assert.match(message, reason);
    assert.match(message, /: [^:]*go on without explanations[^:]*$/);
    assert.ok(!message.includes('\n'));
    return true;
  });
}

test('a service that has moved is said to have', (t) => {
  const { status, body } = JSON.parse(readFileSync(join(CASES, 'old-place.json'), 'utf8'));
  return refused(
    t,
    () => ({ status, body: JSON.stringify(body) }),
    /: moved to https:\/\/\S+prefix=v1\/: go on without explanations, or look /,
  );
});

test('no file at all is no SAE without explanations', (t) =>
  refused(t, files(), /: no such file:/));

test('an answer that is none is refused in one line', async (t) => {
  const good = lines({ index: 1, description: 'one' });
  await refused(t, () => ({ status: 429 }), /: 429 Too Many Requests: try again later/);
  await refused(t, files(good, { status: 403 }), /batch-1\S+: 403 Forbidden:/);
  await refused(t, files(good, { status: 500 }), /batch-1\S+: 500 /);
  await refused(t, files({ body: '<html>' }), /: line 1: /);
  await refused(
    t,
    files({ body: gzipSync('{"index": "x", "description": "y"}') }),
    /: line 1: index: /,
  );
  await refused(t, files({ body: gzipSync('[]') }), /: line 1: .*expected object/);
  await refused(t, files(lines({ index: -1, description: 'y' })), /: line 1: index: /);
  await refused(t, files(lines({ index: 1, description: 7 })), /: line 1: description: /);
  await refused(t, files({ ...good, cut: true }), /: (terminated|aborted|other side closed):/);
  await refused(t, files({ body: (good.body as Buffer).subarray(0, 20) }), /: damaged \(/);
  await refused(t, files({ body: Buffer.from([0xff, 0xfe, 0x7b]) }), /: damaged \(/);
  await refused(
    t,
    files(lines({ modelId: 'gemma-2-9b', layer: SOURCE, index: 1, description: 'y' })),
    /: line 1 is about gemma-2-9b\/20-gemmascope-res-16k:/,
  );
  await refused(
    t,
    files(lines({ layer: '3-other', index: 1, description: 'y' })),
    /: line 1 is about gemma-2-2b\/3-other:/,
  );
});
