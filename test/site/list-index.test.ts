import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ListEntry,
  listAfter,
  listsOf,
  nearestList,
} from '../../site/lib/explorers/list-index.ts';

const entry = (topic: string, template: string, replicate: number, edited = false): ListEntry => ({
  id: `${topic}_${template}_t0.8_${replicate}`,
  topic,
  name: topic,
  template,
  temperature: 0.8,
  replicate,
  loops: false,
  attributed: edited,
  edited,
  request: '',
});
const ALL = [
  entry('fruits', 'short', 0, true),
  entry('fruits', 'long', 0),
  entry('rivers', 'short', 0, true),
  entry('rivers', 'short', 1, true),
  entry('rivers', 'long', 1),
];
const preferred = 'rivers_short_t0.8_0';
const found = (tab: 'written' | 'edited', asked: object) =>
  nearestList({ all: ALL, shown: listsOf(ALL, tab), preferred }, asked)?.id;

test('what is asked for is shown, by id or by what it was asked for with', () => {
  assert.equal(found('written', { sample: 'rivers_long_t0.8_1' }), 'rivers_long_t0.8_1');
  assert.equal(found('written', { topic: 'fruits', template: 'long' }), 'fruits_long_t0.8_0');
  assert.equal(found('written', {}), preferred);
});

test('of what is not there, the nearest is', () => {
  assert.equal(found('edited', { sample: 'rivers_long_t0.8_1' }), 'rivers_short_t0.8_1');
  assert.equal(found('edited', { topic: 'dragons', replicate: '7' }), preferred);
  assert.equal(nearestList({ all: [], shown: [], preferred }, {}), undefined);
});

test('lists are gone through round and round', () => {
  const edited = listsOf(ALL, 'edited');
  assert.equal(listAfter(edited, 'rivers_short_t0.8_1', 1)?.id, 'fruits_short_t0.8_0');
  assert.equal(listAfter(edited, 'fruits_short_t0.8_0', -1)?.id, 'rivers_short_t0.8_1');
});
