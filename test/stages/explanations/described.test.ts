import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { counted, described, lists } from './material.ts';

suite('positions and what describes them', () => {
  test('every other topic is held out, and the others are of two folds', () => {
    const parts = ['fold 0', 'held out', 'fold 1', 'held out'];
    assert.deepEqual(
      lists.map(({ part }) => part),
      [...parts, ...parts],
    );
    const { positions, training, n, starts } = described;
    assert.equal(n, counted.length);
    assert.equal(starts.at(-1), n);
    assert.equal(Object.values(positions).flat().length, n);
    assert.deepEqual(
      training,
      [...positions['fold 0'], ...positions['fold 1']].sort((a, b) => a - b),
    );
  });

  test('the token before the first counted one is the uncounted one', () => {
    const { of, words } = described.descriptors['token pair'];
    assert.equal(words[of[0]!], '"<bos>" then "List"');
  });
});
