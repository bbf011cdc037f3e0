import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { parseList } from '../../pipeline/lists/parse-list.ts';
import { countLists, endsAsSaid } from '../../pipeline/trial/form-counts.ts';
import { bestForm, type FormTrial } from '../../pipeline/trial/try-forms.ts';
import type { TrialList } from '../../pipeline/trial/write-trial-lists.ts';

const STOP = '<end>';

/** A list of a trial, from its tokens after the opening, which is the marker. */
function listOf(tokens: readonly string[], marker = '-'): TrialList {
  const pieces = ['prompt', marker, ...tokens];
  const ended = pieces.at(-1) === STOP;
  const parsed = parseList(pieces, {
    layout: { by: 'marker', marker },
    answerStart: 1,
    ended,
  });
  const itemTexts = parsed.items.map(({ posFirstToken, posLastToken }) =>
    pieces
      .slice(posFirstToken, posLastToken + 1)
      .join('')
      .trim(),
  );
  const ids = pieces.map((_, i) => i);
  const names = { sampleId: 'x', topic: 'x', template: 'short' } as const;
  return { ...names, ids, promptLength: 2, ended, pieces, parsed, itemTexts, text: '' };
}

const AT_ONCE = listOf([' Rome', '\n', '-', ' Oslo', STOP]);
const AFTER_NEWLINE = listOf([' Rome', '\n', '-', ' Oslo', '\n', STOP]);
const AFTER_BLANK = listOf([' Rome', '\n', '-', ' Oslo', ' ', STOP]);
const CUT = listOf([' Rome', '\n', '-', ' Oslo', '\n', '-', ' Par']);
const LOOP = listOf([' Rome', '\n', '-', ' Rome', '\n', '-', ' Rome', STOP]);
const ONE = listOf([' Rome', STOP]);

test('lists are counted by how they end, and tokens by what they follow', () => {
  const counts = countLists([AT_ONCE, AFTER_NEWLINE, CUT, LOOP, ONE]);
  assert.equal(counts.lists, 5);
  assert.equal(counts.ended, 4);
  assert.equal(counts.looping, 1);
  assert.equal(counts.usable, 2); // a loop and a single item say nothing of the end
  assert.equal(counts.items, 2);
  assert.deepEqual(counts.afterItem, [['\n', 5]]); // the last item of a list that is cut off is left out
  assert.deepEqual(counts.afterLast, [
    [STOP, 3],
    ['\n', 1],
  ]);
  assert.deepEqual(counts.afterNewline, [
    ['-', 6],
    [STOP, 1],
  ]);
});

test('a list ends as a form says by its token at once, or after the newline', () => {
  const lists = [AT_ONCE, AFTER_NEWLINE, AFTER_BLANK, CUT, LOOP, ONE];
  assert.equal(endsAsSaid(lists, FORMS['hyphens-turn'], STOP), 2);
  assert.equal(endsAsSaid(lists, FORMS['hyphens-blank'], STOP), 2); // the blank, and the end after a newline
  assert.equal(endsAsSaid([AT_ONCE], FORMS['hyphens-blank'], STOP), 0);
});

test('lists that count wrongly are counted, and read all the same', () => {
  const numbered = (...numbers: readonly string[]) => {
    const pieces = [...numbers.flatMap((number) => [number, '.', ' Rome', '\n']), STOP];
    const list = listOf(pieces);
    const parsed = parseList(pieces, { layout: { by: 'number' }, answerStart: 0, ended: true });
    return { ...list, pieces, parsed, itemTexts: numbers.map(() => 'Rome') };
  };
  const lists = [numbered('1', '2', '3'), numbered('1', '1'), numbered('1', '3'), numbered('2')];
  assert.deepEqual(
    lists.map(({ parsed }) => parsed.items.length),
    [3, 2, 2, 1],
  );
  assert.equal(countLists(lists).misnumbered, 3);
  assert.equal(countLists([AT_ONCE, LOOP]).misnumbered, 0);
});

test('no list at all has no mean', () => {
  const counts = countLists([]);
  assert.equal(counts.items, null);
  assert.deepEqual(counts.afterLast, []);
});

test('the form without examples is proposed where enough lists end, else the best of all, else none', () => {
  const trial = (name: FormTrial['name'], asSaid: number) =>
    ({ name, asSaid, counts: { lists: 20 } }) as FormTrial;
  const plain = trial('hyphens-turn', 8);
  const shown = trial('hyphens-turn-examples', 14);
  assert.equal(bestForm([plain, shown]), plain);
  assert.equal(bestForm([trial('hyphens-turn', 6), shown]), shown);
  assert.equal(bestForm([trial('hyphens-turn', 8), trial('stars-turn', 9)])?.name, 'stars-turn');
  assert.equal(bestForm([trial('hyphens-turn', 8), trial('stars-turn', 8)])?.name, 'hyphens-turn');
  assert.equal(bestForm([trial('hyphens-turn', 0), trial('stars-turn', 0)]), null);
  assert.equal(bestForm([]), null);
});
