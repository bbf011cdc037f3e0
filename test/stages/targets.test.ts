import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetsOf } from '../../pipeline/stages/ablate/target.ts';
import type { ItemRow } from '../../pipeline/stages/lists-by-id.ts';
import { listRow } from './lists.ts';

/** The last item of a list, of one token at a position. */
const lastItem = (sample_id: string, pos: number): ItemRow => ({
  sample_id,
  item_index: 3,
  items_from_end: 0,
  text: 'Cat',
  n_tokens: 1,
  blank_after: false,
  is_repeat: false,
  pos_last_token: pos,
  pos_newline: pos + 1,
});

const LISTS = [
  listRow('Animals', 0, { n_tokens: 40, n_prompt_tokens: 10 }),
  listRow('Fruits', 0, { n_tokens: 20, n_prompt_tokens: 12 }),
  listRow('Animals', 1, { n_tokens: 90, template: 'long' }),
];
const ITEMS = LISTS.map(({ sample_id, n_tokens }) => lastItem(sample_id, n_tokens));

/** The limit on new tokens of each list. */
const limitsWithin = (maxPositions: number, capFactor = 4): number[] =>
  targetsOf(LISTS, ITEMS, { capFactor, maxPositions }).map(({ maxNewTokens }) => maxNewTokens);

test('an answer may be so many times as long as the longest of its template', () => {
  assert.deepEqual(limitsWithin(8192), [160, 160, 360]);
  assert.deepEqual(limitsWithin(8192, 1), [40, 40, 90]);
});

test('answers end where the model’s positions do, all of a template at the same length', () => {
  // The longest kept part of a short list has 40 tokens, up to its last marker; of a long one 90.
  assert.deepEqual(limitsWithin(150), [110, 110, 60]);
  for (const { kept, maxNewTokens } of targetsOf(LISTS, ITEMS, { capFactor: 9, maxPositions: 100 }))
    for (const length of Object.values(kept)) assert.ok(length + maxNewTokens <= 100);
});

test('lists without a last item, such as those that were cut, are no targets', () => {
  assert.deepEqual(targetsOf(LISTS, [], { capFactor: 4, maxPositions: 512 }), []);
});
