import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { countRepeats, normalizeItem, parseList } from '../../pipeline/lists/parse-list.ts';

const CASES = fileURLToPath(new URL('parse-list', import.meta.url));

const HYPHENS = { by: 'marker', marker: '-' } as const;

interface Case {
  name: string;
  tokens: string[];
  answerStart: number;
  ended: boolean;
  items: { text: string; posLastToken: number; posNewline: number | null; blankAfter: boolean }[];
  kinds: string;
  itemIndex: (number | null)[];
}

for (const file of readdirSync(CASES))
  suite(`lists in ${file}`, () => {
    const cases: Case[] = JSON.parse(readFileSync(`${CASES}/${file}`, 'utf8'));
    for (const { name, tokens, answerStart, ended, items, kinds, itemIndex } of cases)
      test(name, () => {
        const parsed = parseList(tokens, { layout: HYPHENS, answerStart, ended });
        const found = parsed.items.map(({ posFirstToken, ...item }) => ({
          text: tokens
            .slice(posFirstToken, item.posLastToken + 1)
            .join('')
            .trim(),
          ...item,
        }));
        assert.deepEqual(found, items);
        assert.equal(parsed.kinds.join(' '), kinds);
        assert.deepEqual(parsed.itemIndex, itemIndex);
      });
  });

test('every prefix of a list keeps the items that were finished in it', () => {
  const tokens = '- Paris \n - Rio de \n - Seoul _ \n'.split(' ').map((t) => (t === '_' ? ' ' : t));
  const options = { layout: HYPHENS, answerStart: 0, ended: false };
  const whole = parseList(tokens, options);
  assert.equal(whole.items.length, 3);
  for (let length = 1; length <= tokens.length; length++) {
    const expected = whole.items.filter(({ posNewline }) => posNewline! < length);
    assert.deepEqual(parseList(tokens.slice(0, length), options).items, expected);
  }
});

test('repeats are counted however they are spaced or cased', () => {
  assert.equal(countRepeats(['Seoul', 'seoul ', 'New  York', 'new york', 'Busan']), 2);
  assert.equal(countRepeats([]), 0);
  assert.equal(normalizeItem('Cafe\u0301'), normalizeItem('Café'));
});
