import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOut, WIDTH } from '../../site/lib/lead/strip.ts';

const ticksOf = (values: readonly number[], log: boolean) =>
  layOut(values, { log }).ticks.map(({ value }) => Number(value.toFixed(6)));

test('an axis of factors names powers of two, or round factors where it has few of these', () => {
  assert.deepEqual(ticksOf([0.4, 9], true), [0.5, 1, 2, 4, 8]);
  assert.deepEqual(ticksOf([0.93, 1.08], true), [0.94, 0.96, 0.98, 1, 1.02, 1.04, 1.06, 1.08]);
  assert.deepEqual(ticksOf([1, 1], true), [1]);
});

test('an axis of differences names round ones, 0 among them', () => {
  assert.deepEqual(ticksOf([-9, 31], false), [-5, 0, 5, 10, 15, 20, 25, 30]);
});

test('dots are in the order of the values, on the axis, and stacked where they are equal', () => {
  const { dots, none } = layOut([2, 1, 2, 0.5], { log: true });
  const [first, one, same, half] = dots.map(([x]) => x) as [number, number, number, number];
  assert.equal(first, same);
  assert.equal(one, none);
  assert.ok(half < one && one < first && half >= 0 && first <= WIDTH);
  assert.ok(dots[2]![1] > dots[0]![1]);
});
