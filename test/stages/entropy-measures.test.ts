import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NextTokenRow } from '../../pipeline/interp/next-token.ts';
import { FORMS, type FormName } from '../../pipeline/lists/forms.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { tokenizerFolder } from '../../pipeline/resources/released.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { measuresByPosition, watchTokens } from '../../pipeline/stages/entropy/measures.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { listRow } from './lists.ts';

const gemma = loadTokenizer(tokenizerFolder());

/** Measures in a form, after one position at which each watched token has the probability 1, 2, … hundredths. */
function measuresIn(name: FormName) {
  const form = tokenForm(gemma, SUBJECTS.gemma2.chat, FORMS[name]);
  const watch = watchTokens(form, { wholeVocabulary: false, mostItems: 12 });
  const predicted: NextTokenRow = {
    entropy: new Float32Array([1]),
    realised: new Float32Array([0]),
    probs: new Float32Array(watch.ids.map((_, i) => (i + 1) / 100)),
  };
  const list = listRow('Rivers', 0);
  const reading = { list, condition: 'clean', template: 'short', ids: [] } as const;
  const measuresAt = measuresByPosition({ reading, predicted, truth: null }, watch, form.events);
  const probabilityOf = (token: string) => (watch.ids.indexOf(gemma.id(token)) + 1) / 100;
  return { measuresAt, probabilityOf, watch };
}

const near = (found: number, expected: number) =>
  assert.ok(Math.abs(found - expected) < 1e-6, `${found}, expected ${expected}`);

test('after a numbered item, going on is the number of the item’s place that is due', () => {
  const { measuresAt, probabilityOf, watch } = measuresIn('numbered-turn');
  for (const [index, due] of [
    [0, '2'],
    [6, '8'],
    [8, '1'],
    [11, '1'],
  ] as const)
    near(measuresAt(0, index).p_newline_again, probabilityOf(due));
  near(measuresAt(0, 3).p_newline_end, probabilityOf('<end_of_turn>'));
  assert.equal(watch.ids.length, 2 + 9);
});

test('where no one token goes on, all but that of the end do', () => {
  const { measuresAt, probabilityOf, watch } = measuresIn('commas-stop');
  near(measuresAt(0, 4).p_newline_again, 1 - probabilityOf(' and'));
  near(measuresAt(0, 4).p_item_again, probabilityOf(','));
  near(measuresAt(0, 4).p_item_end, probabilityOf('.'));
  assert.equal(watch.ids.length, 3);
});

test('with one marker, going on is that marker after every item', () => {
  const { measuresAt, probabilityOf } = measuresIn('hyphens-turn');
  for (const index of [0, 5]) near(measuresAt(0, index).p_newline_again, probabilityOf('-'));
});
