import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventWords, metricWords } from '../../site/lib/event-words.ts';
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
  assert.equal(eventWords(withEnd('.'), 'item_end').one, 'a “.”');
  assert.equal(eventWords(withEnd('<eos>'), 'item_end').the, 'the end of the text');
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
