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

const layout = { by: 'comma' } as const;
const parse = (list: Written): ParsedList => parseList(list.tokens, { layout, ...list });

/**
 * What the parser should find, by other means: the tokens of the list's line are letters, and a regular expression reads each
 * segment. C comma, A a word that announces, S full stop, L the end of a label, B blank, T anything else.
 */
function oracle(list: Written): ParsedList {
  const { kinds, itemIndex } = unparsed(list);
  const items: ListItem[] = [];
  const lines = writtenLines(list);
  for (const { start, body, close } of lines)
    if (close !== null) kinds[start + body.length] = close;
  const line = lines.find(isList);
  if (line === undefined) return { items, kinds, itemIndex };
  const letters = lettersOf(list, line);
  const [, content = '', stop = ''] = (line.close === null
    ? null
    : /^(.*?)(SB*)$/.exec(letters)) ?? [null, letters, ''];
  if (stop !== '') kinds[line.start + content.length] = 'end';
  const segments = content.split('C');
  let pos = line.start;
  for (const [i, segment] of segments.entries()) {
    const announced = i === 0 ? '' : 'A?';
    const label = i === 0 ? '(?:.*L)?' : '';
    const read = new RegExp(`^(${label})(B*)(${announced})(.*?)(B*)$`).exec(segment)!;
    const [, skipped, before, and, name, after] = read.map(({ length }) => length) as number[];
    const begin = pos + skipped!;
    const first = begin + before! + and!;
    const end = pos + segment.length;
    const names = ['blank', 'marker', 'item', 'blank'] as const;
    const spans = [before!, and!, name!, after!];
    kinds.splice(begin, end - begin, ...names.flatMap((kind, j) => Array(spans[j]).fill(kind)));
    const comma = i < segments.length - 1;
    if (comma) kinds[end] = 'newline';
    pos = end + 1;
    if (name === 0 || (!comma && line.close === null)) continue;
    itemIndex.fill(items.length, begin, end + Number(comma));
    items.push({
      posFirstToken: first,
      posLastToken: first + name! - 1,
      posNewline: comma ? end : null,
      blankAfter: after! > 0,
    });
  }
  return { items, kinds, itemIndex };
}

function isList({ body }: WrittenLine): boolean {
  const text = body.join('').trim();
  return (
    /[\p{L}\p{N}]/u.test(text) &&
    !text.endsWith(':') &&
    !/^(-|\*|•|\d[.)]|\d\d[.)]|\d\d\d[.)])/.test(text)
  );
}

const lettersOf = ({ tokens }: Written, { start, body }: WrittenLine): string =>
  body
    .map((token, i) => {
      const [before, after] = [tokens[start + i - 1] ?? '', tokens[start + i + 1] ?? ''];
      const between =
        '0123456789'.includes(before.at(-1) ?? 'x') && '0123456789'.includes(after[0] ?? 'x');
      if ([',', '",', '),', '”,', "',"].includes(token)) return between ? 'T' : 'C';
      if (['and', ' and', ' or', ' &'].includes(token)) return 'A';
      if (['.', '".', ').'].includes(token)) return 'S';
      if (token.endsWith(':')) return 'L';
      return token !== '' && token.trim() === '' && !token.includes('\n') ? 'B' : 'T';
    })
    .join('');

const COMMAS = writtenIn(
  ['Rio', ' de', ' Paris', ',', ',', ',', ' and', '.', '\n'],
  [
    ' ',
    '  ',
    '",',
    '),',
    '”,',
    '".',
    ').',
    ' or',
    ' &',
    'and',
    ':',
    'Fruits:',
    '1',
    ' 2',
    '000',
    '-',
    '*',
    '\n\n',
    '',
    ' "The',
    '日本',
    '\t',
  ],
);

test('lists of commas of any tokens are parsed as a slow reading by regular expressions has them', () => {
  fc.assert(
    fc.property(COMMAS, (list) => {
      assert.deepEqual(parse(list), oracle(list));
    }),
    { numRuns: 5000 },
  );
});

test('items lie one after the other, each of their tokens names them, and only the last has no comma', () => {
  fc.assert(
    fc.property(COMMAS, (list) => {
      const { items, kinds, itemIndex } = parse(list);
      items.forEach(({ posFirstToken, posLastToken, posNewline }, i) => {
        assert.ok(posFirstToken <= posLastToken);
        assert.ok(posFirstToken > (items[i - 1]?.posNewline ?? list.answerStart - 1));
        assert.ok(posNewline === null ? i === items.length - 1 : kinds[posNewline] === 'newline');
        for (let pos = posFirstToken; pos <= posLastToken; pos++)
          assert.deepEqual([kinds[pos], itemIndex[pos]], ['item', i]);
      });
    }),
  );
});

/** The names of a list, from a text whose words and marks are tokens. */
function namesIn(text: string, ended = true): string[] {
  const tokens = [
    ...(text.match(/\n|\d+| ?[\p{L}'&-]+|[^\p{L}\d\s]| /gu) ?? []),
    ...(ended ? ['<end>'] : []),
  ];
  return parse({ tokens, answerStart: 0, ended }).items.map(({ posFirstToken, posLastToken }) =>
    tokens
      .slice(posFirstToken, posLastToken + 1)
      .join('')
      .trim(),
  );
}

test('a full stop, the end of the turn or a newline ends the last item', () => {
  for (const end of ['', '.', '\n', '.\n\nThat is all, and more.'])
    assert.deepEqual(namesIn(`Apple, Banana, Cherry${end}`), ['Apple', 'Banana', 'Cherry'], end);
  assert.deepEqual(namesIn('Apple, Banana, Che', false), ['Apple', 'Banana']);
});

test('“and” after a comma announces an item; without a comma it is part of a name', () => {
  assert.deepEqual(namesIn('Apple, Banana, and Cherry.'), ['Apple', 'Banana', 'Cherry']);
  assert.deepEqual(namesIn('Cuba, Trinidad and Tobago.'), ['Cuba', 'Trinidad and Tobago']);
  assert.deepEqual(namesIn('Cuba, and'), ['Cuba']);
});

test('headings, labels, lists of another form and what follows are none of the list', () => {
  assert.deepEqual(namesIn('Sure, here are some:\n\nRed, Blue\n\nNote that, as you see, it ends'), [
    'Red',
    'Blue',
  ]);
  assert.deepEqual(namesIn('Fruits: Apple, Pear'), ['Apple', 'Pear']);
  assert.deepEqual(namesIn('Books:\n1. Dune, Part One\n2. Emma'), []);
});

test('commas in numbers are none, and neither is a full stop within a name the end', () => {
  assert.deepEqual(namesIn('10,000 Maniacs, U.S.A., St. Lucia.'), [
    '10,000 Maniacs',
    'U.S.A.',
    'St. Lucia',
  ]);
});
