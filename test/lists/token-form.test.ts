import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FORMS, type FormName } from '../../pipeline/lists/forms.ts';
import { listMetrics } from '../../pipeline/lists/list-metrics.ts';
import { mappedPair, PROXIES, tokenPairOf } from '../../pipeline/lists/proxies.ts';
import { dropQualifier, qualifierPosition, swapQualifier } from '../../pipeline/lists/qualifier.ts';
import { readList } from '../../pipeline/lists/read-list.ts';
import { eventColumns, promptFor, tokenForm } from '../../pipeline/lists/token-form.ts';
import { tokenizerFolder } from '../../pipeline/resources/released.ts';
import { PROXY_NAMES } from '../../pipeline/schema/proxies.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { tokenizer } from '../miniature/miniature.ts';

const { chat } = SUBJECTS.gemma2;
const form = tokenForm(tokenizer, chat, FORMS['hyphens-blank']);
const id = tokenizer.id;

test('the events of the form are tokens of the model, and where it names none, its stop token', () => {
  assert.deepEqual(form.events.item, { end: id(' '), again: id('\n') });
  assert.deepEqual(eventColumns(form.events, 3), {
    p_item_end: id(' '),
    p_item_again: id('\n'),
    p_newline_end: id('<end_of_turn>'),
    p_newline_again: id('-'),
  });
  assert.deepEqual(form.stopIds, [id('<end_of_turn>'), id('<eos>')]);
});

test('a proxy compares the end with another item, where that choice is made', () => {
  assert.deepEqual(tokenPairOf(form.events, 'blank_newline', 0), [id(' '), id('\n')]);
  assert.deepEqual(tokenPairOf(form.events, 'end_hyphen', 0), [id('<end_of_turn>'), id('-')]);
  for (const name of PROXY_NAMES) assert.ok(PROXIES[name].column.startsWith('pos_'));
});

test('a prompt is the user’s turn in the chat template, with the answer begun', () => {
  const prompt = promptFor('Provide me with a short list of Rivers', form);
  assert.equal(
    tokenizer.decode(prompt),
    '<bos><start_of_turn>user\nProvide me with a short list of Rivers<end_of_turn>\n<start_of_turn>model\n-',
  );
  assert.deepEqual(prompt.slice(-1), form.openingIds);
});

test('a token that the tokenizer lacks is named', () => {
  const shape = { ...FORMS['hyphens-blank'], opening: '→' };
  assert.throws(
    () => tokenForm(tokenizer, chat, shape),
    /tokenizer lacks tokens for: "→": choose another form$/,
  );
});

suite('another marker', () => {
  // A word of the miniature's vocabulary stands for a bullet.
  const marker = ' of';
  const events = { item: { end: null, again: '\n' }, newline: { end: null, again: marker } };
  const bullets = tokenForm(tokenizer, chat, {
    ...FORMS['hyphens-turn'],
    opening: marker,
    layout: { by: 'marker', marker },
    events,
  });
  const spell = (...tokens: readonly string[]) => tokens.map(id);
  const prompt = spell('<bos>', ' of');

  test('items are those that it begins', () => {
    const ids = [...prompt, ...spell(' names', '\n', ' of', ' list', ' short', '<end_of_turn>')];
    const list = { ids, promptLength: prompt.length, ended: true };
    assert.deepEqual(readList(list, bullets).itemTexts, ['names', 'list short']);
    assert.equal(listMetrics(list, bullets).metrics.n_items, 2);
    assert.equal(readList(list, form).itemTexts.length, 0);
    assert.deepEqual(bullets.events.item, { end: id('<end_of_turn>'), again: id('\n') });
  });
});

suite('the qualifier', () => {
  const ids = promptFor('Provide me with a short list of short', form);
  const list = { sampleId: 'x', ids: [...ids, id(' short')], promptLength: ids.length };
  const at = (position: number) => tokenizer.token(list.ids[position]!);

  test('is the first one of the message', () => {
    const position = qualifierPosition(list, ' short', form);
    assert.equal(at(position - 1), ' a');
    assert.equal(at(position + 1), ' list');
  });

  test('is not one of an example', () => {
    const shown = [{ request: 'a short list', items: ['short', 'long'] }];
    for (const other of [
      tokenForm(tokenizer, chat, { ...FORMS['hyphens-turn'], examples: shown }),
      tokenForm(tokenizer, chat, {
        ...FORMS['hyphens-text'],
        endings: [],
        events: FORMS['hyphens-blank'].events,
        examples: shown,
      }),
    ]) {
      const prompt = promptFor('Provide me with a short list of names', other);
      const prompted = { sampleId: 'x', ids: prompt, promptLength: prompt.length };
      const position = qualifierPosition(prompted, ' short', other);
      assert.equal(position, prompt.lastIndexOf(id(' short')));
      assert.ok(prompt.indexOf(id(' short')) < position);
    }
  });

  test('is swapped or dropped, and everything else is kept', () => {
    const position = qualifierPosition(list, ' short', form);
    const swapped = swapQualifier(list, { qualifier: ' short', swapFor: ' long' }, form);
    assert.deepEqual(swapped, list.ids.with(position, id(' long')));
    assert.deepEqual(dropQualifier(list, ' short', form), list.ids.toSpliced(position, 1));
  });

  test('a prompt without it is named', () => {
    const prompt = promptFor('Provide me with a list of Rivers', form);
    assert.throws(
      () =>
        qualifierPosition(
          { sampleId: 'rivers_short', ids: prompt, promptLength: prompt.length },
          ' short',
          form,
        ),
      {
        message:
          'no " short" token in the prompt of rivers_short: spell the qualifier as one token',
      },
    );
  });
});

suite('what leads to another item after a newline or comma', () => {
  const gemma = loadTokenizer(tokenizerFolder());
  const formOf = (name: FormName) => tokenForm(gemma, chat, FORMS[name]);

  test('is the first token of the number that is due, in numbered lists', () => {
    const { events, openingIds } = formOf('numbered-turn');
    assert.deepEqual(
      [0, 1, 7, 8, 9, 18, 98].map((index) => gemma.token(events.newline.again(index)!)),
      ['2', '3', '9', '1', '1', '2', '1'],
    );
    assert.deepEqual(openingIds.map(gemma.token), ['1', '.']);
    assert.deepEqual(tokenPairOf(events, 'end_hyphen', 2), [
      gemma.id('<end_of_turn>'),
      gemma.id('4'),
    ]);
    assert.equal(eventColumns(events, 2).p_newline_again, gemma.id('4'));
    assert.deepEqual(tokenPairOf(events, 'blank_newline', 2), mappedPair(events));
  });

  test('is no one token in lists of commas or lines, and a logit difference of two is not defined', () => {
    for (const name of ['commas-turn', 'commas-text', 'lines-turn', 'lines-text'] as const) {
      const { events, openingIds } = formOf(name);
      assert.equal(tokenPairOf(events, 'end_hyphen', 0), null);
      assert.equal(eventColumns(events, 0).p_newline_again, null);
      assert.deepEqual(tokenPairOf(events, 'blank_newline', 0), mappedPair(events));
      assert.deepEqual(openingIds, []);
    }
  });

  test('a text of commas goes on with the line of its heading, others on the next', () => {
    const texts = (['commas-text', 'lines-text', 'numbered-text'] as const).map((name) =>
      gemma.decode(promptFor('A short list of Rivers:', formOf(name))),
    );
    assert.deepEqual(texts, [
      '<bos>A short list of Rivers:',
      '<bos>A short list of Rivers:\n',
      '<bos>A short list of Rivers:\n1.',
    ]);
    const shown = gemma.decode(
      promptFor('A short list of Rivers:', formOf('commas-text-examples')),
    );
    assert.match(
      shown,
      /^<bos>A short list of Furniture: Table, Chair, Sofa, Bookcase\.\n\nA long/,
    );
  });

  test('an opening that the tokenizer joins with what stands before it is refused', () => {
    const joined = tokenForm(gemma, chat, { ...FORMS['hyphens-text'], opening: '\n' });
    assert.throws(() => promptFor('Rivers:', joined), {
      message:
        'the tokenizer joins the opening "\\n" of a list with what stands before it: choose another form',
    });
  });
});
