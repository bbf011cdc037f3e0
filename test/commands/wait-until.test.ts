import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { waitUntil } from '../../pipeline/commands/wait-until.ts';
import { tempDir } from '../temp.ts';

test('what a shared folder shows late is waited for, and what it never shows is said', async (t) => {
  const path = join(tempDir(t), 'shard.json');
  let printed = '';
  const output = { write: (text: string) => (printed += text) } as unknown as WriteStream;
  const look = async () => (existsSync(path) ? { path } : { problem: 'shard 1 of 2 is missing' });
  await assert.rejects(waitUntil(look, 0, output), /^Error: shard 1 of 2 is missing$/);
  const timer = setTimeout(() => writeFileSync(path, '{}'), 300);
  t.after(() => clearTimeout(timer));
  printed = '';
  assert.deepEqual(await waitUntil(look, 20, output), { path });
  assert.equal(
    printed,
    'waiting up to 20 s, as a shared folder may lag: shard 1 of 2 is missing\n',
  );
});
