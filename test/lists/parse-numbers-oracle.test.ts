import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseList } from '../../pipeline/lists/parse-list.ts';
import type { ListItem, ParsedList } from '../../pipeline/lists/parsed-list.ts';
import {
  unparsed,
  type Written,
  type WrittenLine,
  writtenIn,
  writtenLines,
} from './written-lists.ts';

/** Tokens of a marker at the beginning of a line; `nested`, or null, where an item does not begin there. */
type Head = (line: WrittenLine) => number | 'nested' | null;

const isBlank = (token: string) => token !== '' && token.trim() === '' && !token.includes('\n');

/** What the parser should find: each line by itself, its blanks counted off from its end. */
function oracle(list: Written, head: Head): ParsedList {
  const { kinds, itemIndex } = unparsed(list);
  const items: ListItem[] = [];
  for (const line of writtenLines(list)) {
    const { start, body, close } = line;
    const end = start + body.length;
    if (close !== null) kinds[end] = close;
    const found = head(line);
    if (found === 'nested') for (let pos = start; pos < end; pos++) kinds[pos] = 'nested';
    if (typeof found !== 'number') continue;
    const name = body.slice(found);
    while (name.length > 0 && isBlank(name.at(-1)!)) name.pop();
    for (let pos = start; pos < end; pos++)
      kinds[pos] =
        pos < start + found ? 'marker' : pos < start + found + name.length ? 'item' : 'blank';
    if (name.length === 0 || close === null) continue;
    for (let pos = start; pos < end + Number(close === 'newline'); pos++)
      itemIndex[pos] = items.length;
    items.push({
      posFirstToken: start + found,
      posLastToken: start + found + name.length - 1,
      posNewline: close === 'newline' ? end : null,
      blankAfter: found + name.length < body.length,
    });
  }
  return { items, kinds, itemIndex };
}

/** The shortest beginning of a line that is a number and a full stop, found by trying every length. */
const numbered: Head = ({ body }) => {
  const lengths = body.map((_, i) => i + 1);
  const marker = lengths.find((n) => /^[0-9][0-9]?[0-9]?[.]$/.test(body.slice(0, n).join('')));
  if (marker !== undefined) return marker;
  const text = body.join('');
  const indented = text.trimStart();
  return indented.length < text.length &&
    !text.startsWith('\n') &&
    /^(\d\.|\d\d\.|\d\d\d\.|-|\*|•)/.test(indented) &&
    !text.slice(0, text.length - indented.length).includes('\n')
    ? 'nested'
    : null;
};

const NUMBERED = writtenIn(
  ['1', '2', '9', '0', '.', '.', '\n', '\n', ' Rio', ' de', ' '],
  [
    '10',
    '2.',
    '1.',
    '10.',
    '.\n',
    '\n\n',
    ' 3',
    '   ',
    '-',
    '*',
    '•',
    '- ',
    '1)',
    '',
    '1984',
    'K',
    '\t',
    'a\nb',
    '日本',
    ' .',
  ],
);

test('numbered lists of any tokens are parsed as a slow reading, line by line, has them', () => {
  fc.assert(
    fc.property(NUMBERED, (list) => {
      const parsed = parseList(list.tokens, { layout: { by: 'number' }, ...list });
      assert.deepEqual(parsed, oracle(list, numbered));
    }),
    { numRuns: 3000 },
  );
});

const bare: Head = ({ body }) => {
  const text = body.join('').trim();
  if (text.endsWith(':') || ['-', '*', '•'].includes(text[0] ?? '')) return null;
  const digits = [...text].findIndex((character) => !'0123456789'.includes(character));
  return digits >= 1 && digits <= 3 && ['.', ')'].includes(text[digits]!) ? null : 0;
};

const BARE = writtenIn(
  ['Rio', ' de', '\n', '\n', 'Paris', ' '],
  [
    ':',
    ' list:',
    '-',
    ' -',
    '* ',
    '•',
    '1',
    '.',
    ')',
    '1984',
    '\n\n',
    '\t',
    '',
    'a\nb',
    '日本',
    '🍎',
  ],
);

test('lists without markers are parsed as a slow reading, line by line, has them', () => {
  fc.assert(
    fc.property(BARE, (list) => {
      const parsed = parseList(list.tokens, { layout: { by: 'line' }, ...list });
      assert.deepEqual(parsed, oracle(list, bare));
    }),
    { numRuns: 3000 },
  );
});

test('a list that is cut anywhere keeps the items that were finished before', () => {
  for (const [layout, arbitrary] of [
    [{ by: 'number' }, NUMBERED],
    [{ by: 'line' }, BARE],
  ] as const)
    fc.assert(
      fc.property(arbitrary, fc.nat(40), ({ tokens }, length) => {
        const options = { layout, answerStart: 0, ended: false };
        const whole = parseList(tokens, options).items;
        const finished = whole.filter(({ posNewline }) => posNewline! < length);
        assert.deepEqual(parseList(tokens.slice(0, length), options).items, finished);
      }),
    );
});

const numberedItems = (text: string, ended = true) => {
  const tokens = [...(text.match(/\n|\d|\.| ?[^\s\d.]+| /g) ?? []), ...(ended ? ['<end>'] : [])];
  const parsed = parseList(tokens, { layout: { by: 'number' }, answerStart: 0, ended });
  const names = parsed.items.map(({ posFirstToken, posLastToken }) =>
    tokens
      .slice(posFirstToken, posLastToken + 1)
      .join('')
      .trim(),
  );
  return { names, parsed };
};

test('numbers of several tokens, wrong ones and repeated ones begin items; the count is the list’s own', () => {
  assert.deepEqual(numberedItems('9. Rome\n10. Oslo\n12. Bern\n12. Kyiv').names, [
    'Rome',
    'Oslo',
    'Bern',
    'Kyiv',
  ]);
  const { parsed } = numberedItems('10. Oslo\n11. Rome');
  assert.deepEqual(parsed.kinds.slice(0, 5), ['marker', 'marker', 'marker', 'item', 'newline']);
  assert.deepEqual(parsed.itemIndex.slice(0, 5), [0, 0, 0, 0, 0]);
});

test('a year at the beginning of a line is no marker, and neither is a number without a full stop', () => {
  assert.deepEqual(numberedItems('1. 1984.\n1984. Orwell\n2 Rome\n2. U.S.A.\n3.').names, [
    '1984.',
    'U.S.A.',
  ]);
});

test('the end at once, the end after a newline, and a limit on tokens', () => {
  const [atOnce, later] = [numberedItems('1. Rome\n2. Oslo'), numberedItems('1. Rome\n2. Oslo\n')];
  assert.deepEqual(atOnce.names, later.names);
  assert.equal(atOnce.parsed.items[1]!.posNewline, null);
  assert.equal(later.parsed.items[1]!.posNewline, later.parsed.items[1]!.posLastToken + 1);
  assert.equal(atOnce.parsed.kinds.at(-1), 'end');
  assert.deepEqual(numberedItems('1. Rome\n2. Os', false).names, ['Rome']);
});
