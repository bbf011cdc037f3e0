import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dendrogram } from '../../pipeline/stats/dendrogram.ts';
import { linkage } from '../../pipeline/stats/linkage.ts';

test('brackets stand midway over the clusters that they join, by hand', () => {
  // 0 and 1 are one apart, 10 and 12 two; the pairs' mean distance is 10.5.
  const brackets = dendrogram(linkage([[0], [10], [1], [12]], 'average'));
  assert.deepEqual(brackets, [
    { left: 0, right: 1, leftHeight: 0, rightHeight: 0, height: 1 },
    { left: 2, right: 3, leftHeight: 0, rightHeight: 0, height: 2 },
    { left: 0.5, right: 2.5, leftHeight: 1, rightHeight: 2, height: 10.5 },
  ]);
});

test('no leg passes through a bar, and none hangs upside down', () => {
  const points = Array.from({ length: 40 }, (_, i) => [Math.sin(i * 7.3) * 5, Math.cos(i * i)]);
  const brackets = dendrogram(linkage(points, 'average'));
  const legs = brackets.flatMap(({ left, right, leftHeight, rightHeight, height }) => [
    { at: left, from: leftHeight, to: height },
    { at: right, from: rightHeight, to: height },
  ]);
  for (const { left, right, leftHeight, rightHeight, height } of brackets)
    assert.ok(left < right && Math.max(leftHeight, rightHeight) <= height);
  const crossings = legs.flatMap(({ at, from, to }) =>
    brackets.filter(
      (bar) => bar.left < at && at < bar.right && from < bar.height && bar.height < to,
    ),
  );
  assert.deepEqual(crossings, []);
});

test('one leaf has no bracket', () => {
  assert.deepEqual(dendrogram(linkage([[1]], 'ward')), []);
});
