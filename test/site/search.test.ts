import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt } from '../../site/lib/text/excerpt.ts';
import { findFeatures } from '../../site/lib/text/feature-search.ts';
import { searchIn } from '../../site/lib/text/search.ts';
import { passagesOf } from '../../site/lib/text/search-index.ts';
import { wordsOf } from '../../site/lib/text/search-words.ts';

const passage = (title: string, text: string, rest: object = {}) => ({
  path: title,
  title,
  within: ['Report'],
  text,
  cells: '',
  digits: '',
  minor: false,
  ...rest,
});
type Passages = Parameters<typeof searchIn>[0];
const titlesOf = (passages: Passages, question: string) =>
  searchIn(passages)(question).passages.map(({ title }) => title);

test('a passage is found by all of its words, whatever their case and accents, titles first', () => {
  const passages = [
    passage('One', 'the entropy of a step'),
    passage('Entropy', 'how open a step is'),
    passage('Other', 'Bogotá’s entropy'),
  ];
  const titles = (question: string) => titlesOf(passages, question);
  assert.deepEqual(titles('ENTROPY').toSorted(), ['Entropy', 'One', 'Other']);
  assert.equal(titles('ENTROPY')[0], 'Entropy');
  assert.deepEqual(titles('entropy step').toSorted(), ['Entropy', 'One']);
  assert.deepEqual(titles("bogota's"), ['Other']);
  assert.deepEqual(titles('  '), []);
  assert.deepEqual(titles('nowhere'), []);
});

test('a word is found by its stem, and while it is typed', () => {
  const passages = [passage('One', 'the entropy after an item'), passage('Two', 'a list stops')];
  for (const question of ['entropi', 'entropies', 'entro'])
    assert.deepEqual(titlesOf(passages, question), ['One'], question);
  for (const question of ['stop', 'stopping', 'stopped'])
    assert.deepEqual(titlesOf(passages, question), ['Two'], question);
});

test('where no passage has all words, those with some are found, and that is said', () => {
  const passages = [passage('One', 'a list stops'), passage('Two', 'what it does and why it does')];
  const find = searchIn(passages);
  assert.deepEqual(titlesOf(passages, 'why does it stop'), ['One'], 'common words say nothing');
  assert.equal(find('why does it stop').all, true);
  const some = find('stop the giraffe');
  assert.deepEqual([some.all, some.passages.map(({ title }) => title)], [false, ['One']]);
  assert.deepEqual(
    titlesOf([passage('One', 'the entropy')], 'entopy'),
    ['One'],
    'a slip of the keys',
  );
});

test('headings come before text, text before the words of tables, numbers of tables last', () => {
  const passages = [
    passage('Digits', 'nothing', { digits: '42 42 42 42' }),
    passage('Cells', 'nothing', { cells: 'number 42, number 42' }),
    passage('Text', 'the number is 42 here'),
    passage('Number 42', 'nothing'),
  ];
  assert.deepEqual(titlesOf(passages, '42'), ['Number 42', 'Text', 'Cells', 'Digits']);
});

test('what the report says comes before reference that has a word in its title', () => {
  const passages = [
    passage('Entropy', 'a column', { minor: true }),
    passage('One', 'entropy, entropy and entropy'),
  ];
  assert.deepEqual(titlesOf(passages, 'entropy'), ['One', 'Entropy']);
});

test('a feature is found by name, explanation and token, its own name first', () => {
  const feature = (feature_id: string, explanation: string, promotes: string) => ({
    feature_id,
    label: feature_id === 'att_0_7' ? 'on short' : '',
    explanation,
    promotes,
    place: 'blank',
    card: true,
  });
  const features = [
    feature('res_1_42', 'ends of lists', '␣'),
    feature('res_1_4', '', 'ends'),
    feature('att_0_7', '', '↵'),
  ];
  const ids = (question: string) =>
    findFeatures(features, wordsOf(question)).map(({ feature_id }) => feature_id);
  assert.deepEqual(ids('res_1_4'), ['res_1_4', 'res_1_42']);
  assert.deepEqual(ids('ends'), ['res_1_42', 'res_1_4']);
  assert.deepEqual(ids('att blank'), ['att_0_7']);
  assert.deepEqual(ids('short'), ['att_0_7']);
});

test('an excerpt is the text around the first word, with every word marked and nothing lost', () => {
  const text = `${'before '.repeat(60)}the ENTROPY of a step, entropy again${' after'.repeat(60)}`;
  const pieces = excerpt(text, (term) => term === 'entropi');
  assert.deepEqual(
    pieces.filter(({ found }) => found).map(({ text }) => text),
    ['ENTROPY', 'entropy'],
  );
  const whole = pieces.map(({ text }) => text).join('');
  assert.ok(whole.startsWith('… ') && whole.endsWith(' …') && whole.length < 250);
  assert.ok(text.includes(whole.slice(2, -2)));
  assert.deepEqual(
    excerpt('short <b>', () => false),
    [{ text: 'short <b>', found: false }],
  );
});

test('passages of a page stand under their heads; figures and tables by themselves; forms and details left out', () => {
  const html = `<main><h1>Page</h1><p>lead</p><section><h2 id="a">A &amp; B</h2><p>one <b>two</b></p><form>no</form>
    <h3 id="c">C</h3><ul><li>three<p>of them.</p>Next</li></ul><p>in\n<data>0 %</data></p>
    <figure id="figure-x"><table><tr><th>head</th></tr><tr><td>word</td><td>4.2</td></tr></table><figcaption><p><strong>Figure 1. X.</strong></p><p>said</p><details>no</details></figcaption></figure>
    <p>four</p></section></main>`;
  const empty = { cells: '', digits: '', minor: false };
  assert.deepEqual(passagesOf(html, 'p/'), [
    { path: 'p/', title: 'Page', within: [], text: 'lead', ...empty },
    { path: 'p/#a', title: 'A & B', within: ['Page'], text: 'one two', ...empty },
    {
      path: 'p/#c',
      title: 'C',
      within: ['Page', 'A & B'],
      text: 'three of them. Next in 0 % four',
      ...empty,
    },
    {
      path: 'p/#figure-x',
      title: 'Figure 1. X.',
      within: ['Page', 'A & B', 'C'],
      text: 'Figure 1. X. said',
      cells: 'head word',
      digits: '4.2',
      minor: false,
    },
  ]);
});
