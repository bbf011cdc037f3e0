import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnswerTokens, readAnswer, trueEnds } from '../../pipeline/live/read-lists.ts';
import { generatingProcess } from '../../pipeline/miniature/generating-process.ts';
import { isClosing } from '../../pipeline/miniature/topics.ts';
import { keyedRandom } from '../../pipeline/stats/random.ts';
import { tokenizer } from '../miniature/miniature.ts';

const process = generatingProcess(tokenizer);
const blank = tokenizer.id(' ');
const MODEL: AnswerTokens = {
  vocabulary: Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.token(id)),
  setting: { marker: '-', stopIds: [tokenizer.id('<end_of_turn>')] },
};
const itemsOf = (topic: string) =>
  process.topics[topic]!.map((name, rank) => ({ name, closing: isClosing(rank) }));

test('the process’s probability of the end is its own, wherever an item ends', () => {
  let compared = 0;
  for (const word of ['tiny', 'short', 'medium', 'plain'])
    for (const topic of ['Rivers', 'City Names', 'Movies']) {
      const request = { topic, qualifier: word };
      const ids = process.write(request, keyedRandom(5, `${topic} ${word}`), {});
      const { items } = readAnswer(ids, MODEL);
      const found = trueEnds(items, { items: itemsOf(topic), word });
      assert.equal(found.length, items.length);
      const after = process.after(request, ids);
      for (const [i, { next }] of items.entries()) {
        const { ids: tokens, probs } = after[next]!;
        assert.ok(Math.abs(found[i]! - probs[tokens.indexOf(blank)]!) < 1e-12);
        compared += 1;
      }
    }
  assert.ok(compared > 60);
});

test('an item that the process would not write ends what is known', () => {
  const items = ['Nile', 'Atlantis', 'Rhine'].map((text) => ({ text, next: 0, blankAfter: false }));
  assert.equal(trueEnds(items, { items: itemsOf('Rivers'), word: 'short' }).length, 1);
});

test('a list is read as far as it is written', () => {
  const ids = tokenizer.encode(' Nile\n- Rio Grande');
  const { items, unfinished, text } = readAnswer(ids, MODEL);
  assert.deepEqual(
    items.map((item) => item.text),
    ['Nile'],
  );
  assert.equal(unfinished, 'Rio Grande');
  assert.equal(text, '- Nile\n- Rio Grande');
  assert.deepEqual(readAnswer([], MODEL), { items: [], unfinished: '', text: '-' });
});
