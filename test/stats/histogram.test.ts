import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogram } from '../../pipeline/stats/histogram.ts';

test('values fall into equal intervals, the greatest into the last', () => {
  assert.deepEqual(histogram([0.5, 1, 1.9, 2, 4], 4), [
    { low: 0, high: 1, count: 1 },
    { low: 1, high: 2, count: 2 },
    { low: 2, high: 3, count: 1 },
    { low: 3, high: 4, count: 1 },
  ]);
});

test('nothing has no intervals', () => {
  assert.deepEqual(histogram([], 4), []);
  assert.deepEqual(histogram([0, 0], 4), []);
});

test('a value on an edge falls into the interval above it, whatever the division rounds to', () => {
  for (let greatest = 0.1; greatest < 9; greatest += 0.1) {
    const intervals = histogram([greatest], 7);
    const edges = intervals.map(({ low }) => low);
    const counts = histogram([...edges, greatest], 7).map(({ count }) => count);
    assert.deepEqual(counts, [1, 1, 1, 1, 1, 1, 2], `${greatest}`);
    assert.equal(intervals.at(-1)!.high, greatest);
  }
});
