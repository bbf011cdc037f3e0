import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keptPositions } from '../../pipeline/train/kept-positions.ts';

/** A prompt that many share, and an answer of tokens of its own. */
const written = (prompt: readonly number[], answer: readonly number[]) => ({
  ids: [...prompt, ...answer],
  promptLength: prompt.length,
});
const repeat = <T>(n: number, make: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => make(i));

suite('the positions that train SAEs', () => {
  test('of one sequence: all but the uncounted', () => {
    const { kept, distinct } = keptPositions([written([9, 8, 7], [6, 5])], 1);
    assert.deepEqual(kept, [[1, 2, 3, 4]]);
    assert.equal(distinct, 4);
    assert.deepEqual(keptPositions([written([9, 8, 7], [6, 5])], 3).kept, [[3, 4]]);
  });

  test('a beginning that many share is kept 32 times, and counts once', () => {
    const shared = repeat(40, (i) => written([1, 2, 3], [100 + i, 200]));
    const { kept, distinct } = keptPositions(shared, 1);
    for (const row of kept.slice(0, 32)) assert.deepEqual(row, [1, 2, 3, 4]);
    for (const row of kept.slice(32)) assert.deepEqual(row, [3, 4]);
    // Positions 1 and 2 once, and two of every answer: the last tokens are equal, but follow different ones.
    assert.equal(distinct, 2 + 2 * 40);
  });

  test('equal tokens after other tokens are no copies', () => {
    const { kept, distinct } = keptPositions(
      repeat(40, (i) => written([i, 5, 6], [])),
      1,
    );
    assert.ok(kept.every((row) => row.length === 2));
    assert.equal(distinct, 80);
  });

  test('long answers are taken to differ after 16 tokens', () => {
    const answer = repeat(20, (i) => i);
    const { kept, distinct } = keptPositions(
      repeat(33, () => written([1, 2], answer)),
      0,
    );
    assert.deepEqual(
      kept[0],
      repeat(22, (i) => i),
    );
    assert.deepEqual(kept[32], [18, 19, 20, 21]);
    assert.equal(distinct, 18 + 4 * 33);
  });
});
