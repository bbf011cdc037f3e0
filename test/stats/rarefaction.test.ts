import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rarefiedShannon } from '../../pipeline/stats/rarefaction.ts';
import { shannonIndex } from '../../pipeline/stats/shannon-index.ts';

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found}, expected ${expected}`);

/** Every choice of n of the values. */
function choices(values: readonly string[], n: number): string[][] {
  if (n === 0) return [[]];
  return values.flatMap((value, i) =>
    choices(values.slice(i + 1), n - 1).map((rest) => [value, ...rest]),
  );
}

test('by hand: two of three, of which two are alike', () => {
  // The pair of equal ones, with index 0, is one choice of three; the others have ln 2.
  near(rarefiedShannon(['oak', 'oak', 'elm'], 2), (2 / 3) * Math.log(2));
});

test('it is the mean index of all choices', () => {
  const values = ['a', 'a', 'a', 'b', 'b', 'c', 'd'];
  for (let n = 1; n <= values.length; n++) {
    const all = choices(values, n);
    const mean = all.reduce((sum, chosen) => sum + shannonIndex(chosen), 0) / all.length;
    near(rarefiedShannon(values, n), mean);
  }
});

test('distinct values have ln n, exactly, however many there are', () => {
  const values = Array.from({ length: 40 }, (_, i) => i);
  for (const length of [7, 19, 40])
    assert.equal(rarefiedShannon(values.slice(0, length), 7), Math.log(7));
});

test('nothing drawn has no diversity, and no more can be drawn than there is', () => {
  assert.equal(rarefiedShannon(['a'], 0), 0);
  assert.throws(() => rarefiedShannon(['a'], 2), { message: /^2 of 1 values to draw/ });
});
