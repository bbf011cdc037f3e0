import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toCsv } from '../../site/lib/queries/csv.ts';
import { openDatabase } from '../../site/lib/queries/query.ts';
import { openResults } from '../../site/lib/queries/results.ts';
import { showControls } from '../../site/lib/text/controls.ts';
import { showControlsOfPages } from '../../site/lib/text/show-controls.ts';
import { tempDir } from '../temp.ts';
import { writeFixture } from './fixture.ts';

/** Every character that a page must not have, by its code. */
const HIDDEN = [
  ...Array.from({ length: 0x20 }, (_, code) => code).filter((code) => ![9, 10, 13].includes(code)),
  ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i),
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
];

test('each control character is shown as something of its own, and other text stays', () => {
  const shown = HIDDEN.map((code) => showControls(String.fromCharCode(code)));
  assert.equal(new Set(shown).size, HIDDEN.length);
  for (const text of shown) assert.equal(showControls(text), text);
  assert.equal(showControls('\0'), '␀');
  assert.equal(showControls('\x07'), '␇');
  assert.equal(showControls('\u202e'), '⟨U+202E⟩');
  const plain = 'Señor\t"naïve"\r\n \u05d0 👩‍🚀 – ␣↵';
  assert.equal(showControls(plain), plain);
});

test('a text that a spreadsheet takes for a formula is none in a CSV file; numbers stay', () => {
  const texts = ['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', "'", 'a=b', '-'];
  const lines = toCsv(texts.map((text) => ({ text, n: -1.5 }))).split('\r\n');
  assert.deepEqual(lines.slice(1, -1), [
    `"'=HYPERLINK(""x"")",-1.5`,
    "'+1,-1.5",
    "'-1,-1.5",
    "'@SUM(A1),-1.5",
    "'\t=1,-1.5",
    `"'\r=1",-1.5`,
    "',-1.5",
    'a=b,-1.5',
    "'-,-1.5",
  ]);
  assert.equal(toCsv([{ text: '\0\x07' }]), 'text\r\n␀␇\r\n');
});

test('texts of tables have their control characters shown, in lists and structs too', async (t) => {
  const database = await openDatabase(openResults(await writeFixture(tempDir(t))));
  const sql = "SELECT chr(7) || 'a' || chr(8238) AS text";
  assert.deepEqual(await database.all(sql), [{ text: '␇a⟨U+202E⟩' }]);
  assert.deepEqual(await database.nested(`SELECT [text, chr(8)] AS list FROM (${sql})`), [
    { list: ['␇a⟨U+202E⟩', '␈'] },
  ]);
});

test('a built page has none, wherever its text comes from', (t) => {
  const dist = tempDir(t);
  const path = join(dist, 'index.html');
  writeFileSync(path, `<p>a${HIDDEN.map((code) => String.fromCharCode(code)).join('')}b</p>\n`);
  showControlsOfPages(dist);
  const html = readFileSync(path, 'utf8');
  assert.match(html, /^<p>a␀.*b<\/p>\n$/u);
  for (const code of HIDDEN) assert.equal(html.includes(String.fromCharCode(code)), false);
});
