import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FormList, summarise } from '../../pipeline/stages/robustness/summary.ts';

const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.9 } };

const list = (form: string, topic: string, more: Partial<FormList>): FormList => ({
  form,
  template: 'short',
  topic,
  n_items: 2,
  ended: true,
  loops: false,
  ends: [],
  ...more,
});

test('forms are averaged apart: lists by list, ends by item, the word’s effect where it can be swapped', () => {
  const rows = summarise(
    [
      list('own', 'Rivers', { n_items: 4, ends: [{ p_end: 0.2, swapped: 0.1 }] }),
      list('own', 'Fruits', {
        ended: false,
        loops: true,
        ends: [
          { p_end: 0.4, swapped: 0.05 },
          { p_end: 0.3, swapped: null },
        ],
      }),
      list('other', 'Rivers', { n_items: 9 }),
    ],
    SETTINGS,
  );
  const meanOf = (form: string, metric: string) => {
    const row = rows.find((each) => each.form === form && each.metric === metric);
    return row && [row.mean, row.n];
  };
  assert.deepEqual(meanOf('own', 'n_items'), [3, 2]);
  assert.deepEqual(meanOf('own', 'ended'), [0.5, 2]);
  assert.deepEqual(meanOf('own', 'loops'), [0.5, 2]);
  assert.ok(Math.abs(meanOf('own', 'p_end')![0]! - 0.3) < 1e-12);
  const [effect, n] = meanOf('own', 'word_effect')!;
  assert.ok(Math.abs(effect! - (Math.log(2) + Math.log(8)) / 2) < 1e-12);
  assert.equal(n, 2);
  assert.deepEqual(meanOf('other', 'n_items'), [9, 1]);
  // No item, no probability: nothing is said of it.
  assert.equal(meanOf('other', 'p_end'), undefined);
});
