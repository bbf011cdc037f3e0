import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
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

type Update = readonly [at: number, done: number, total: number, unit: string];

/** What is written of updates at some seconds. */
function linesOf(t: TestContext, updates: readonly Update[]): string[] {
  let seconds = 0;
  t.mock.method(performance, 'now', () => 1000 * seconds);
  const lines: string[] = [];
  const output = { isTTY: false, write: (line: string) => lines.push(line) };
  const { update } = showProgress('stage', output as unknown as WriteStream);
  for (const [at, done, total, unit] of updates) {
    seconds = at;
    update(done, total, unit);
  }
  return lines;
}

test('work of another unit has a rate of its own', (t) => {
  const lines = linesOf(t, [
    [60, 60, 100, 'lists'],
    [100, 100, 100, 'lists'],
    [102, 1, 10, 'effects'], // less than five seconds after the line before
    [108, 4, 10, 'effects'],
  ]);
  assert.deepEqual(lines, [
    'stage  60/100 lists | 1.0/s | 40 s left\n',
    'stage  100/100 lists | 1.0/s | 0.0 s left\n',
    'stage  4/10 effects | 0.5/s | 12 s left\n',
  ]);
});

test('work that goes on under another name keeps its rate', (t) => {
  const lines = linesOf(t, [
    [100, 400, 1200, 'steps, tc_0'],
    [106, 424, 1200, 'steps, tc_1'],
  ]);
  assert.deepEqual(lines, [
    'stage  400/1200 steps, tc_0 | 4.0/s | 3 min 20 s left\n',
    'stage  424/1200 steps, tc_1 | 4.0/s | 3 min 14 s left\n',
  ]);
});
