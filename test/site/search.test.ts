import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt, findFeatures, findPassages, wordsOf } from '../../site/lib/text/search.ts';
import { passagesOf } from '../../site/lib/text/search-index.ts';

const passage = (title: string, text: string) => ({
  path: title,
  title,
  within: ['Report'],
  text,
  minor: false,
});

test('a passage is found by all of its words, whatever their case and accents, titles first', () => {
  const passages = [
    passage('One', 'the entropy of a step'),
    passage('Entropy', 'how open a step is'),
    passage('Other', 'Bogotá’s entropy'),
  ];
  const titles = (question: string) =>
    findPassages(passages, wordsOf(question)).map(({ title }) => title);
  assert.deepEqual(titles('ENTROPY'), ['Entropy', 'One', 'Other']);
  assert.deepEqual(titles('entropy step'), ['Entropy', 'One']);
  assert.deepEqual(titles("bogota's"), ['Other']);
  assert.deepEqual(titles('  '), []);
  assert.deepEqual(titles('nowhere'), []);
});

test('what the report says comes before reference that has a word in its title', () => {
  const reference = { ...passage('Entropy', 'a column'), minor: true };
  const found = findPassages(
    [reference, passage('One', 'entropy, entropy and entropy')],
    ['entropy'],
  );
  assert.deepEqual(
    found.map(({ title }) => title),
    ['One', 'Entropy'],
  );
});

test('a feature is found by name, explanation and token, its own name first', () => {
  const feature = (feature_id: string, explanation: string, promotes: string) => ({
    feature_id,
    explanation,
    promotes,
    place: 'blank',
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
});

test('an excerpt is the text around the first word, with every word marked and nothing lost', () => {
  const text = `${'before '.repeat(60)}the ENTROPY of a step, entropy again${' after'.repeat(60)}`;
  const pieces = excerpt(text, ['entropy']);
  assert.deepEqual(
    pieces.filter(({ found }) => found).map(({ text }) => text),
    ['ENTROPY', 'entropy'],
  );
  const whole = pieces.map(({ text }) => text).join('');
  assert.ok(whole.startsWith('… ') && whole.endsWith(' …') && whole.length < 250);
  assert.ok(text.includes(whole.slice(2, -2)));
  assert.deepEqual(excerpt('short <b>', ['x']), [{ text: 'short <b>', found: false }]);
});

test('passages of a page stand under their heads; figures by themselves; forms and details left out', () => {
  const html = `<main><h1>Page</h1><p>lead</p><section><h2 id="a">A &amp; B</h2><p>one <b>two</b></p><form>no</form>
    <h3 id="c">C</h3><ul><li>three</li></ul>
    <figure id="figure-x"><figcaption><p><strong>Figure 1. X.</strong></p><details>no</details></figcaption></figure>
    <p>four</p></section></main>`;
  assert.deepEqual(passagesOf(html, 'p/'), [
    { path: 'p/', title: 'Page', within: [], text: 'lead', minor: false },
    { path: 'p/#a', title: 'A & B', within: ['Page'], text: 'one two', minor: false },
    { path: 'p/#c', title: 'C', within: ['Page', 'A & B'], text: 'three four', minor: false },
    {
      path: 'p/#figure-x',
      title: 'Figure 1. X.',
      within: ['Page', 'A & B', 'C'],
      text: 'Figure 1. X.',
      minor: false,
    },
  ]);
});
