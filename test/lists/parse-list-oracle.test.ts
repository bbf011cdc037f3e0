import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { isNested, parseList } from '../../pipeline/lists/parse-list.ts';
import type { ParsedList } from '../../pipeline/lists/parsed-list.ts';
import type { Written } from './written-lists.ts';

const layout = { by: 'marker', marker: '-' } as const;
const parse = (list: Written): ParsedList => parseList(list.tokens, { layout, ...list });

/**
 * What the parser should find, by other means: every token is a letter, and lines are read off by regular expressions.
 * M marker, I marker with its indent in one token, B blank, N newline, E end of the turn, T anything else.
 */
function oracle({ tokens, answerStart, ended }: Written): ParsedList {
  const letters = tokens.map((token, pos) =>
    ended && pos === tokens.length - 1 && pos >= answerStart ? 'E' : letterOf(token),
  );
  const kinds: string[] = tokens.map(() => 'prompt');
  const itemIndex: (number | null)[] = tokens.map(() => null);
  const items: ParsedList['items'][number][] = [];
  const answer = letters.slice(answerStart).join('');
  for (const { 0: line, index } of answer.matchAll(/[^NE]*[NE]|[^NE]+$/g)) {
    const start = answerStart + index;
    const [, body = '', close = ''] = /^([^NE]*)([NE]?)$/.exec(line)!;
    const [, content = '', blanks = ''] = /^M(.*?)(B*)$/.exec(body) ?? [];
    const names = body.startsWith('M')
      ? ['marker', ...Array(content.length).fill('item'), ...Array(blanks.length).fill('blank')]
      : Array(body.length).fill(/^(B+[MI]|I)/.test(body) ? 'nested' : 'other');
    kinds.splice(start, line.length, ...names, ...({ N: ['newline'], E: ['end'] }[close] ?? []));
    if (content === '' || close === '') continue;
    itemIndex.fill(items.length, start, start + body.length + Number(close === 'N'));
    items.push({
      posFirstToken: start + 1,
      posLastToken: start + content.length,
      posNewline: close === 'N' ? start + body.length : null,
      blankAfter: blanks !== '',
    });
  }
  return { items, kinds: kinds as ParsedList['kinds'], itemIndex };
}

const BLANKS = new Set([' ', '\t', '\r', '\u00a0', '\u2028', '\u3000']);

function letterOf(token: string): string {
  const characters = [...token];
  if (token === '-') return 'M';
  if (token === '') return 'T';
  if (characters.every((character) => character === '\n')) return 'N';
  if (characters.every((character) => BLANKS.has(character))) return 'B';
  return characters.at(-1) === '-' &&
    characters.slice(0, -1).every((c) => BLANKS.has(c) || c === '\n')
    ? 'I'
    : 'T';
}

/** Tokens as vocabularies have them, and as they do not. */
const TOKENS = [
  '-',
  ' ',
  '    ',
  '\t',
  '\u00a0',
  '\n',
  '\n\n',
  ' -',
  '\t-',
  '- ',
  '--',
  'Paris',
  ' Rio',
  ' de',
  '–',
  '日本',
  '🍎',
  'e\u0301',
  'a\nb',
  '\r',
  '',
];

const written: fc.Arbitrary<Written> = fc
  .record({
    tokens: fc.array(
      fc.oneof(
        { arbitrary: fc.constantFrom('-', '\n', ' ', ' Rio'), weight: 3 },
        { arbitrary: fc.constantFrom(...TOKENS), weight: 3 },
        {
          arbitrary: fc.string({ unit: 'binary', maxLength: 3 }).filter(hasKnownBlanks),
          weight: 1,
        },
      ),
      { maxLength: 40 },
    ),
    answerStart: fc.nat(8),
    ended: fc.boolean(),
  })
  .map((list) => ({ ...list, answerStart: Math.min(list.answerStart, list.tokens.length) }));

/** The oracle has no list of all of Unicode's spaces. */
function hasKnownBlanks(text: string): boolean {
  return [...text].every(
    (character) => character === '\n' || BLANKS.has(character) || /\S/.test(character),
  );
}

test('lists of any tokens are parsed as a slow reading by regular expressions has them', () => {
  fc.assert(
    fc.property(written, (list) => {
      assert.deepEqual(parse(list), oracle(list));
    }),
    { numRuns: 3000 },
  );
});

test('items lie one after the other, and each of their tokens names them', () => {
  fc.assert(
    fc.property(written, (list) => {
      const { items, kinds, itemIndex } = parse(list);
      items.forEach(({ posFirstToken, posLastToken, posNewline }, i) => {
        assert.ok(posFirstToken <= posLastToken);
        assert.ok(posFirstToken > (items[i - 1]?.posLastToken ?? list.answerStart - 1));
        assert.equal(list.tokens[posFirstToken - 1], '-');
        assert.ok(posNewline === null || posNewline > posLastToken);
        for (let pos = posFirstToken; pos <= posLastToken; pos++)
          assert.deepEqual([kinds[pos], itemIndex[pos]], ['item', i]);
      });
      assert.equal(items.filter(({ posNewline }) => posNewline === null).length <= 1, true);
    }),
  );
});

test('a list with headings: the headings are its items, what is indented is not, and it is known as nested', () => {
  const path = new URL('../cases/lists/nested.json', import.meta.url);
  const list: Written = JSON.parse(readFileSync(path, 'utf8'));
  const parsed = parse(list);
  const names = parsed.items.map(({ posFirstToken, posLastToken }) =>
    list.tokens
      .slice(posFirstToken, posLastToken + 1)
      .join('')
      .trim(),
  );
  assert.deepEqual(names, ['Warm', 'Cold']);
  assert.equal(isNested(parsed), true);
  const colours = list.tokens.flatMap((token, pos) =>
    [' Red', ' Orange', ' Blue'].includes(token) ? [parsed.kinds[pos]] : [],
  );
  assert.deepEqual(colours, ['nested', 'nested', 'nested']);
  const flat = { ...list, tokens: list.tokens.filter((token) => token !== '    ') };
  assert.equal(isNested(parse(flat)), false);
  assert.equal(parse(flat).items.length, 5);
});
