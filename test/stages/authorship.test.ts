import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { AuthoredList } from '../../pipeline/lists/authored-list.ts';
import { FORMS } from '../../pipeline/lists/forms.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import type { AuthorshipRow } from '../../pipeline/schema/authorship.ts';
import { derivedLists } from '../../pipeline/stages/authorship/derived-lists.ts';
import { candidatesOf, spellCandidate } from '../../pipeline/stages/authorship/lists.ts';
import { authorshipRows } from '../../pipeline/stages/authorship/rows.ts';
import { summarise, summariseByItem } from '../../pipeline/stages/authorship/summary.ts';
import { gemma2 } from '../../pipeline/subjects/gemma2.ts';
import { tokenizer } from '../miniature/miniature.ts';
import { miniatureStudy } from '../outlined-run.ts';

const form = tokenForm(tokenizer, gemma2.chat, FORMS['hyphens-blank']);
const SETTINGS = { seed: 1, bootstrap: { resamples: 200, confidence: 0.9 } };

const own = (items: readonly string[], ended = true): AuthoredList => ({
  author: 'own',
  topic: 'Rivers',
  template: 'short',
  items,
  ended,
});

suite('what is made of the model’s own lists', () => {
  const more = { byHand: ['nile', 'Rhine', 'Volga', 'Elbe'], seed: 3 };
  const made = (list: AuthoredList) =>
    new Map(derivedLists(list, more).map((each) => [each.author, each]));
  const itemsOf = (list: AuthoredList, author: string) => {
    const each = made(list).get(author)!;
    return each.reason === null ? each.items : each.reason;
  };
  const four = own(['Nile', 'Po', 'Don', 'Ob']);

  test('another order of the same items, the same each time', () => {
    for (const items of [['Nile', 'Po'], four.items]) {
      const order = itemsOf(own(items), 'shuffled') as string[];
      assert.notDeepEqual(order, items);
      assert.deepEqual(order.toSorted(), items.toSorted());
      assert.deepEqual(itemsOf(own(items), 'shuffled'), order);
    }
  });

  test('the first half of the items, rounded down, at least one', () => {
    assert.deepEqual(itemsOf(four, 'cut'), ['Nile', 'Po']);
    assert.deepEqual(itemsOf(own(['Nile', 'Po', 'Don']), 'cut'), ['Nile']);
    assert.equal(made(own(four.items, false)).get('cut')!.reason, null);
  });

  test('at most as many further names, none of which it has', () => {
    assert.deepEqual(itemsOf(own(['Nile', 'Po']), 'extended'), ['Nile', 'Po', 'Rhine', 'Volga']);
  });

  test('what cannot be made is said', () => {
    assert.match(String(itemsOf(own(['Nile', 'Nile']), 'shuffled')), /no other order/);
    assert.match(String(itemsOf(own(['Nile']), 'cut')), /nothing to cut/);
    assert.match(String(itemsOf(own(four.items, false), 'extended')), /no end to go on after/);
    assert.match(String(itemsOf(own(more.byHand), 'extended')), /no items by hand/);
  });
});

test('every author has a list of each topic and template, or a reason why not', () => {
  const sources = [
    { author: 'by-hand', lists: [{ ...own(['Nile']), author: 'by-hand' }], absent: null },
    { author: 'other', lists: [], absent: 'no published lists' },
  ];
  const settings = { ...miniatureStudy, topics: ['Rivers'] };
  const candidates = candidatesOf([own(['Nile', 'Po'])], sources, settings);
  assert.deepEqual(
    candidates.map(({ author, template, reason }) => [author, template, reason]),
    [
      ['own', 'short', null],
      ['shuffled', 'short', null],
      ['cut', 'short', null],
      ['extended', 'short', 'no items by hand that it does not have'],
      ['by-hand', 'short', null],
      ['by-hand', 'long', 'no list of the topic'],
      ['other', 'short', 'no published lists'],
      ['other', 'long', 'no published lists'],
    ],
  );
});

test('items that the vocabulary lacks are left out and counted; a list that loses more than half is not read', () => {
  const spell = (items: readonly string[]) =>
    spellCandidate({ ...own(items), reason: null }, miniatureStudy, { form, maxPositions: 512 });
  const some = spell(['Nile', 'Xyzzyx', 'Thames', 'Rio Grande']);
  assert.deepEqual(some.names, ['Nile', 'Thames', 'Rio Grande']);
  assert.deepEqual([some.row.n_items, some.row.n_unknown, some.row.reason], [3, 1, null]);
  assert.equal(some.row.n_tokens, some.ids.length - some.promptLength);
  assert.equal(
    tokenizer.decode(some.ids.slice(some.promptLength - 1)),
    '- Nile\n- Thames\n- Rio Grande',
  );
  // A token of its own, after which a model reads another turn.
  const special = spell(['Nile', '<end_of_turn>', 'Thames', 'Rio Grande']);
  assert.deepEqual([special.names, special.row.n_unknown], [some.names, 1]);
  const few = spell(['Nile', 'Xyzzyx', 'Qqq']);
  assert.deepEqual([few.row.n_items, few.row.n_unknown], [0, 2]);
  assert.match(few.row.reason!, /more than half/);
  assert.match(spell([]).row.reason!, /no item/);
  const long = spell(Array(200).fill('Rio Grande'));
  assert.deepEqual([long.row.n_items, long.names], [0, []]);
  assert.match(long.row.reason!, /longest sequence/);
});

test('an item is read at its last token, its likelihood at the positions before its tokens', () => {
  const reading = spellCandidate(
    { ...own(['Rio Grande', 'Nile', 'Nile']), reason: null },
    miniatureStudy,
    { form, maxPositions: 512 },
  );
  const at = (scale: number) => Float32Array.from(reading.ids, (_, pos) => scale * pos);
  const rows = authorshipRows({
    reading,
    predicted: {
      entropy: at(1),
      realised: at(-1),
      probs: Float32Array.from(reading.ids.flatMap((_, pos) => [pos / 1024, pos / 512])),
    },
    truth: null,
    endId: form.events.item.end,
  });
  const start = reading.promptLength;
  assert.deepEqual(
    rows.map(({ n_tokens, entropy, p_end, p_again }) => [n_tokens, entropy, p_end, p_again]),
    [start + 1, start + 4, start + 7].map((pos, i) => [
      i === 0 ? 2 : 1,
      pos,
      pos / 1024,
      pos / 512,
    ]),
  );
  assert.deepEqual(
    rows.map((row) => [row.log_likelihood, row.log_likelihood_per_token]),
    [
      [-(2 * start - 1), -(start - 0.5)],
      [-(start + 3), -(start + 3)],
      [-(start + 6), -(start + 6)],
    ],
  );
  assert.deepEqual(
    rows.map(({ items_from_end, is_repeat }) => [items_from_end, is_repeat]),
    [
      [2, false],
      [1, false],
      [0, true],
    ],
  );
});

suite('means by author', () => {
  const row = (author: string, topic: string, changes: Partial<AuthorshipRow>): AuthorshipRow => ({
    list_id: `${author} ${topic}`,
    author,
    topic,
    template: 'short',
    item_index: 0,
    items_from_end: 0,
    is_repeat: false,
    n_tokens: 1,
    entropy: 1,
    p_end: 0.5,
    p_again: 0.25,
    true_entropy: null,
    true_p_end: null,
    log_likelihood: -2,
    log_likelihood_per_token: -2,
    ...changes,
  });
  const rows = [
    row('own', 'Rivers', { item_index: 0, items_from_end: 1, p_end: 0.25, n_tokens: 3 }),
    row('own', 'Rivers', { item_index: 1, log_likelihood: -6 }),
    row('own', 'Fruits', { items_from_end: null }),
    row('by-hand', 'Rivers', { p_end: 0.125, log_likelihood: -4 }),
    row('by-hand', 'Fruits', { p_end: 0.625, log_likelihood: -10, is_repeat: true }),
    row('by-hand', 'Colors', { p_end: 0.75 }),
  ];
  const found = summarise(rows, SETTINGS);
  const meanOf = (author: string, metric: string, less_own = false) => {
    const each = found.find(
      (of) => of.author === author && of.metric === metric && of.less_own === less_own,
    );
    return each && [each.mean, each.n];
  };

  test('of the end, only lists that their author ended', () => {
    assert.deepEqual(meanOf('own', 'p_end_at_end'), [0.5, 1]);
    assert.deepEqual(meanOf('own', 'p_end_before_end'), [0.25, 1]);
    assert.deepEqual(meanOf('by-hand', 'p_end_at_end'), [0.5, 3]);
    assert.equal(meanOf('by-hand', 'p_end_before_end'), undefined);
  });

  test('of likelihoods, by token over all names, by name over those that are new', () => {
    assert.deepEqual(meanOf('own', 'log_likelihood_per_token'), [-2, 2]);
    assert.deepEqual(meanOf('own', 'log_likelihood_per_item'), [-3, 2]);
    assert.deepEqual(meanOf('by-hand', 'log_likelihood_per_item'), [-3, 2]);
  });

  test('differences are from the own list of the same topic, where both have the measure', () => {
    assert.deepEqual(meanOf('by-hand', 'p_end_at_end', true), [-0.375, 1]);
    assert.deepEqual(meanOf('by-hand', 'log_likelihood_per_item', true), [0, 1]);
    assert.equal(meanOf('own', 'p_end_at_end', true), undefined);
  });

  test('of each place, counted from the start and, where there is an end, from it', () => {
    const byItem = summariseByItem(rows, SETTINGS);
    const at = (item_index: number | null, items_from_end: number | null) =>
      byItem
        .filter(({ author, quantity }) => author === 'own' && quantity === 'p_end')
        .filter((of) => of.item_index === item_index && of.items_from_end === items_from_end)
        .map(({ mean, n }) => [mean, n]);
    assert.deepEqual(at(0, null), [[0.375, 2]]);
    assert.deepEqual(at(null, 0), [[0.5, 1]]);
    assert.deepEqual(at(null, 1), [[0.25, 1]]);
  });
});
