import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { FORM_NAMES, FORMS } from '../../pipeline/lists/forms.ts';
import { normalizeItem } from '../../pipeline/lists/parse-list.ts';
import { readList } from '../../pipeline/lists/read-list.ts';
import { isSpellable, nameIds, spellList } from '../../pipeline/lists/spell-list.ts';
import { tokenForm } from '../../pipeline/lists/token-form.ts';
import { BY_HAND_FILE, listsByHand } from '../../pipeline/resources/authored-lists.ts';
import { tokenizerFolder } from '../../pipeline/resources/released.ts';
import { loadTokenizer } from '../../pipeline/sources/formats/tokenizer.ts';
import { loadModelStudy, studyNames } from '../../pipeline/study/load-study.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { DATA, tokenizer } from '../miniature/miniature.ts';

const { chat } = SUBJECTS.gemma2;
const gemma = loadTokenizer(tokenizerFolder());
const lists = listsByHand(readFileSync(join(DATA, '..', BY_HAND_FILE), 'utf8'), BY_HAND_FILE);

suite('lists by hand', () => {
  test('are two for each topic of every study of a model: a short one and a long one', () => {
    const dir = join(DATA, 'studies');
    for (const name of studyNames(dir).filter((study) => study !== 'original')) {
      const { topics } = loadModelStudy(dir, name);
      assert.equal(topics.length, 23);
      assert.deepEqual(
        lists.map(({ topic, template }) => `${topic} ${template}`).sort(),
        topics.flatMap((topic) => [`${topic} long`, `${topic} short`]).sort(),
      );
    }
    for (const { topic, template, items } of lists) {
      const [low, high] = template === 'short' ? [5, 8] : [15, 25];
      assert.ok(items.length >= low && items.length <= high, `${topic}: ${items.length}`);
    }
  });

  test('name nothing twice, and have nothing that is not a name', () => {
    for (const { topic, items } of lists) {
      assert.equal(new Set(items.map(normalizeItem)).size, items.length, topic);
      for (const item of items) assert.match(item, /^[\p{L}][\p{L} '-]*[\p{L}]$/u);
    }
  });

  for (const name of FORM_NAMES)
    test(`are read back from the tokens of the form ${name}`, () => {
      const form = tokenForm(gemma, chat, FORMS[name]);
      const prompt = [gemma.id('<bos>'), ...form.openingIds];
      for (const { items } of lists) {
        assert.ok(items.every((item) => isSpellable(item, form)));
        const spelled = spellList(prompt, items, form);
        const ids = [...spelled.ids, form.stopIds[0]!];
        const read = readList({ ids, promptLength: prompt.length, ended: true }, form);
        assert.deepEqual(read.itemTexts, items);
        assert.deepEqual(
          read.parsed.items.map(({ posFirstToken, posLastToken }) => [posFirstToken, posLastToken]),
          spelled.items.map(({ posFirstToken, posLastToken }) => [posFirstToken, posLastToken]),
        );
      }
    });
});

test('a name that a vocabulary cannot spell has no tokens', () => {
  const small = tokenForm(tokenizer, chat, FORMS['hyphens-blank']);
  assert.deepEqual(nameIds('London', 0, small), [tokenizer.id(' London')]);
  assert.equal(nameIds('Zzyzx', 0, small), null);
  assert.equal(nameIds('日本', 0, small), null);
  assert.ok(nameIds('Zzyzx', 0, tokenForm(gemma, chat, FORMS['hyphens-blank'])));
});
