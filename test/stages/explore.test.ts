import assert from 'node:assert/strict';
import { test } from 'node:test';
import { observeCell } from '../../pipeline/stages/explore/observations.ts';
import { listRow } from './lists.ts';

test('nested lists are counted with all others, and apart', () => {
  const cell = [
    listRow('Animals', 0, { n_items: 2 }),
    listRow('Animals', 1, { n_items: 6 }),
    listRow('Fruits', 0, { n_items: 4 }),
  ];
  const observed = observeCell(cell, {
    itemsOf: new Map(),
    nested: new Set([cell[0]!.sample_id]),
  });
  const of = (metric: string, finding: string) =>
    observed
      .filter((each) => each.metric === metric && each.finding === finding && each.topic === null)
      .map(({ value }) => value);
  assert.deepEqual(of('n_items', 'items_per_list'), [2, 6, 4]);
  assert.deepEqual(of('nested', 'nested'), [1, 0, 0]);
  assert.deepEqual(of('n_items_flat', 'nested'), [6, 4]);
});
