import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsInWords, eventWords, itemWords, metricWords } from '../../site/lib/event-words.ts';
import { isMarked, markerWords } from '../../site/lib/marker-words.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { PROVENANCE } from '../provenance.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';
import { BASE_MODEL, TURN_ENDS } from './second-study.ts';

test('a proxy is called by the tokens that the study’s form compares', () => {
  const said = (form: typeof TURN_ENDS.form) => [
    metricWords(form, 'blank_newline'),
    metricWords(form, 'end_hyphen'),
  ];
  assert.deepEqual(said(PROVENANCE.form), [
    'a blank over a newline, after the last item',
    'the end of the turn over a hyphen, after its newline',
  ]);
  assert.deepEqual(said(TURN_ENDS.form), [
    'the end of the turn over a newline, after the last item',
    'the end of the turn over a hyphen, after its newline',
  ]);
  assert.deepEqual(said(BASE_MODEL.form), [
    'a blank line over a newline, after the last item',
    'a newline over a hyphen, after its newline',
  ]);
});

test('a token without a word of its own is quoted; one that no text holds ends the text of a base model', () => {
  const { form } = BASE_MODEL;
  const withEnd = (end: string) => ({
    ...form,
    events: { ...form.events, item: { ...form.events.item, end } },
  });
  assert.equal(eventWords(withEnd(';'), 'item_end').one, 'a “;”');
  assert.equal(eventWords(withEnd('<eos>'), 'item_end').the, 'the end of the text');
});

test('what varies from item to item, and what stands before and between items, is said in words', () => {
  const named = (name: string, end: string, again: string) => ({
    ...TURN_ENDS.form,
    name,
    events: { item: { end: '<|im_end|>', again: '\n' }, newline: { end, again } },
  });
  const numbered = named('numbered-turn', '<|im_end|>', 'the next number');
  assert.equal(
    metricWords(numbered, 'end_hyphen'),
    'the end of the turn over the next number, after its newline',
  );
  assert.equal(
    eventsInWords(numbered),
    'after an item "<|im_end|>" ends it and "\\n" goes on, after the newline "<|im_end|>" and the next number',
  );
  const commas = named('commas-stop', ' and', 'any other token');
  assert.equal(itemWords(commas, 'end_hyphen'), '“and” over any other token, after the comma');
  assert.deepEqual(
    [TURN_ENDS.form, numbered, commas].map((form) => [isMarked(form), markerWords(form).one]),
    [
      [true, 'a hyphen'],
      [true, 'a number'],
      [false, 'a marker'],
    ],
  );
});

test('queries know the study: its words, its tokens, and whether it is Gemma 2 2B itself', async (t) => {
  const results = openResults(await writeFixture(tempDir(t)));
  const ask = async (manifest: Partial<typeof results.manifest>) => {
    const database = await openDatabase({
      ...results,
      manifest: { ...results.manifest, ...manifest },
    });
    const [row] = await database.all(
      `SELECT comparison('blank_newline') AS compared, item_end, model_kind, is_gemma_2 FROM study`,
    );
    return row!;
  };
  assert.deepEqual(await ask({ ...BASE_MODEL, kind: 'run', study: 'x' }), {
    compared: 'a blank line over a newline, after the last item',
    item_end: '\n\n',
    model_kind: 'base',
    is_gemma_2: false,
  });
  assert.equal((await ask({ kind: 'run', study: 'gemma-2-2b-it' })).is_gemma_2, true);
  assert.equal((await ask({ kind: 'miniature', study: 'gemma-2-2b-it' })).is_gemma_2, false);
});
