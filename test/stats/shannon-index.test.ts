import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { shannonIndex, shannonIndexOfCounts } from '../../pipeline/stats/shannon-index.ts';
import { loadGolden, numbers, openGolden } from '../golden.ts';

test('the index is the reference’s on every list', async () => {
  const golden = openGolden('stats');
  const expected = numbers((await loadGolden(golden, 'stats.npz')).get('shannon').data);
  const path = join(golden.dir, 'shannon_items.json');
  const parsed = JSON.parse(readFileSync(path, 'utf8')) as string[][] | { lists: string[][] };
  const lists = Array.isArray(parsed) ? parsed : Object.values(parsed)[0]!;
  assert.equal(lists.length, expected.length);
  lists.forEach((items, i) => {
    assert.ok(Math.abs(shannonIndex(items) - expected[i]!) < 1e-9, `list ${i}`);
  });
});

test('one thing has no diversity, equal shares have the most', () => {
  assert.equal(shannonIndex([]), 0);
  assert.equal(shannonIndex(['a', 'a']), 0);
  assert.ok(Math.abs(shannonIndex(['a', 'b', 'c', 'd']) - Math.log(4)) < 1e-12);
  assert.ok(Math.abs(shannonIndexOfCounts([3, 0, 3]) - Math.log(2)) < 1e-12);
});
