import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WriteStream } from 'node:tty';
import { rateOf, showProgress } from '../../pipeline/engine/progress.ts';

test('a rate has a time in which some work is done', () => {
  assert.equal(rateOf(250, 'lists'), '250/s');
  assert.equal(rateOf(1.26, 'lists'), '1.3/s');
  assert.equal(rateOf(0.1, 'lists'), '0.1/s');
  assert.equal(rateOf(0.04, 'SAEs'), '2.4/min'); // not 0.0/s
  assert.equal(rateOf(0, 'SAEs'), '0.0/min');
  assert.equal(rateOf(5.2e6, 'bytes'), '5.2 MB/s');
});

test('work of another unit has a rate of its own', (t) => {
  let seconds = 0;
  t.mock.method(performance, 'now', () => 1000 * seconds);
  const lines: string[] = [];
  const output = { isTTY: false, write: (line: string) => lines.push(line) };
  const { update } = showProgress('stage', output as unknown as WriteStream);
  for (const [at, done, total, unit] of [
    [60, 60, 100, 'lists'],
    [100, 100, 100, 'lists'],
    [102, 1, 10, 'effects'], // less than five seconds after the line before
    [108, 4, 10, 'effects'],
  ] as const) {
    seconds = at;
    update(done, total, unit);
  }
  assert.deepEqual(lines, [
    'stage  60/100 lists | 1.0/s | 40 s left\n',
    'stage  100/100 lists | 1.0/s | 0.0 s left\n',
    'stage  4/10 effects | 0.5/s | 12 s left\n',
  ]);
});
