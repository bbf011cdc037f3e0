import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Largest } from '../../pipeline/interp/attribution/largest.ts';

test('the largest above 0, of equal ones those offered first, are those of a stable sort', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -3, max: 6 })),
      fc.integer({ min: 0, max: 8 }),
      (values, k) => {
        const largest = new Largest(k);
        values.forEach((value, id) => {
          largest.offer(value, id);
        });
        const expected = [...values.keys()]
          .filter((id) => values[id]! > 0)
          .toSorted((a, b) => values[b]! - values[a]! || a - b)
          .slice(0, k);
        assert.deepEqual(largest.ids, expected);
      },
    ),
  );
});

test('what is no number is not among the largest', () => {
  const largest = new Largest(2);
  for (const value of [Number.NaN, 1, Number.NaN]) largest.offer(value, 7);
  assert.deepEqual(largest.ids, [7]);
});
