import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { watchMemory } from '../../pipeline/rehearsal/memory-watch.ts';
import { residentMemory } from '../../pipeline/rehearsal/resident-memory.ts';

test('memory is read as Linux writes it', () => {
  const status = 'Name:\tnode\nVmRSS:\t    2048 kB\nRssAnon:\t    1024 kB\nRssFile:\t 1024 kB\n';
  assert.deepEqual(residentMemory(status), { anonymous: 2 ** 20, total: 2 ** 21 });
});

test('a peak is seen although it is gone when it is asked for, and then forgotten', {
  skip: process.platform !== 'linux' && 'Linux alone tells',
}, async () => {
  const watch = watchMemory();
  try {
    while (watch.peak().total === 0) await setTimeout(20);
    const MEGABYTES = 300;
    let block: Buffer | null = Buffer.alloc(MEGABYTES * 2 ** 20, 1);
    await setTimeout(300);
    assert.equal(block.at(-1), 1);
    block = null;
    const { anonymous, total } = watch.peak();
    assert.ok(anonymous > MEGABYTES * 2 ** 20 && total >= anonymous);
  } finally {
    await watch.stop();
  }
});
