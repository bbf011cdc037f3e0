import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromAddress, knownTopic, toAddress } from '../../site/client/live/address.ts';
import { citationOf } from '../../site/client/live/citation.ts';
import { factorWords } from '../../site/client/live/edits-panel.ts';
import { loadedInWords } from '../../site/client/live/load-panel.ts';
import type { Asked } from '../../site/client/live/messages.ts';
import { meansBeside } from '../../site/client/live/published-means.ts';

const FIRST: Asked = {
  topic: 'Rivers',
  word: 'short',
  temperature: 0.8,
  seed: 3,
  where: 'word',
  factors: { 7: 0, 9: 0 },
  random: false,
  steering: 0,
};
const OFFERED = {
  first: FIRST,
  topics: ['Rivers', 'Fruits'],
  words: ['short', 'plain', 'long'],
  features: [7, 9, 11],
};

test('an address holds what differs from the first choice, beside what others have there', () => {
  assert.equal(toAddress(FIRST, 'figure.sae=res_1', OFFERED), 'figure.sae=res_1');
  const asked: Asked = {
    ...FIRST,
    topic: 'Fruits',
    seed: 5,
    where: 'prompt',
    factors: { 9: 0, 11: -0.5 },
    random: true,
  };
  const search = toAddress(asked, 'try.word=long&figure.sae=res_1', OFFERED);
  assert.equal(
    search,
    'figure.sae=res_1&try.topic=Fruits&try.seed=5&try.where=prompt&try.f7=1&try.f11=-0.5&try.random=1',
  );
  assert.deepEqual(fromAddress(search, OFFERED), asked);
});

test('what is no choice in an address is the first', () => {
  assert.deepEqual(fromAddress('', OFFERED), FIRST);
  assert.deepEqual(
    fromAddress(
      'try.topic=dragons&try.word=tiny&try.temperature=hot&try.seed=&try.where=x',
      OFFERED,
    ),
    { ...FIRST, seed: 0 },
  );
  assert.deepEqual(fromAddress('try.f7=5&try.f11=many', OFFERED).factors, { 9: 0 });
  assert.equal(knownTopic(' rivers ', OFFERED.topics), 'Rivers');
  assert.equal(knownTopic('river', OFFERED.topics), null);
});

test('the study’s means stand beside lists of the same kind alone', () => {
  const published = { trained: { short: 5, long: 20 }, edited: { short: 9 } };
  const study = { temperature: 0.8, first: FIRST };
  const beside = (change: Partial<Asked>) => meansBeside(published, { ...FIRST, ...change }, study);
  assert.deepEqual(beside({ topic: 'Fruits', seed: 8 }), { trained: 5, edited: 9 });
  assert.deepEqual(beside({ word: 'long' }), { trained: 20 });
  assert.deepEqual(beside({ word: 'plain' }), {});
  assert.deepEqual(beside({ temperature: 1 }), {});
  for (const change of [
    { factors: { 7: 0 } },
    { random: true },
    { steering: 0.1 },
    { where: 'prompt' },
  ] as const)
    assert.deepEqual(beside(change), { trained: 5 });
});

test('a run is cited with its model, its choices and what came of them', () => {
  assert.equal(
    citationOf(FIRST, { trained: 4, edited: 11 }, { hash: '0123456789abcdef', href: 'https://x/' }),
    'How a list ends, the miniature (model 0123456789): short list of Rivers, temperature 0.8, seed 3: 4 items as trained, 11 edited. https://x/',
  );
});

test('sliders and the loading are said in words', () => {
  assert.equal(factorWords(0, 5.1), '0.0 × 5.10, off');
  assert.equal(factorWords(1, 5.1), '1.0 × 5.10, as it is');
  assert.equal(factorWords(-0.5, 5.1), '−0.5 × 5.10');
  assert.equal(loadedInWords(1e6, 4e6), 'Loading the model: 1.0 MB of 4.0 MB');
  assert.equal(loadedInWords(4e6, 4e6), 'Loaded; preparing the graphs');
});
