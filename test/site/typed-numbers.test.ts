import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkProse } from '../../site/lib/text/check-prose.ts';
import { typedNumbers } from '../../site/lib/text/typed-numbers.ts';
import { tempDir } from '../temp.ts';

const ROOT = join(import.meta.dirname, '../..');

const found = (source: string, allowed: string[] = []): string[] =>
  typedNumbers(
    source,
    allowed.map((text) => ({ text, why: 'a test' })),
  ).map(({ line, text }) => `${line}: ${text}`);

test('a number in text, title, wording or table head is found, with its line', () => {
  assert.deepEqual(
    found('---\ntitle: The 3 lists\norder: 2\n---\n\nIn 35 % of lists\nthere are 8.4, not 5.\n'),
    ['2: 3', '6: 35 %', '7: 8.4', '7: 5'],
  );
  assert.deepEqual(found('<Either sql="SELECT 1 < 2" yes="12 do" no="none" />'), ['1: 12']);
  assert.deepEqual(found('- **Bold 7**\n\n[8 lists](https://a.example/2024)'), ['1: 7', '3: 8']);
});

test('queries, formats, code, expressions, addresses, places in a list and names of SAEs are not prose', () => {
  const clean = [
    '<Num sql="SELECT count(*) FROM t WHERE a > 5 AND b < 3" format="0.00" interval /> lists',
    "<QueryTable\n  sql={`SELECT 1 AS a -- it's > 0`}\n  columns={{ a: { label: 'a', format: '0%' } }}\n>\nwords\n</QueryTable>",
    '`head -5` and\n\n```sh\nhead -7\n```\n',
    '{/* 99 */}',
    '[here](https://a.example/1/2)',
    '1. one\n2. two',
    'the SAE res_20 and its feature res_20_1491',
  ];
  for (const source of clean) assert.deepEqual(found(source), [], source);
});

test('Markdown decides what is prose', () => {
  const clean = [
    '1) one\n2) two',
    '~~~\nhead -7\n~~~',
    '``a ` 5``',
    'import x from "y3";\n\ntext',
    'text[^1]\n\n[^1]: note',
    'don&#8217;t',
    '{["}", 5]}',
    'see https://a.example/2024 and <Num sql="SELECT \'a`b\' AS x -- yes=5" />',
  ];
  for (const source of clean) assert.deepEqual(found(source), [], source);
  assert.deepEqual(found('There are\n5. No more.'), ['2: 5'], 'no list begins at 5 in a sentence');
  assert.deepEqual(found('\\`5\\` lists'), ['1: 5'], 'escaped backquotes hold no code');
  assert.deepEqual(found('---\ntitle: >\n  The 3\n  lists\n---\n\nx'), ['2: 3']);
  assert.deepEqual(found('in 35&nbsp;% and **2**B'), ['1: 35 %', '1: 2B']);
  assert.deepEqual(found('[2024](https://a.example/2024 "in 2024")'), ['1: 2024']);
  assert.deepEqual(found('<Either\n  sql="yes = 1"\n  yes="5" no=\'<b>6</b>\'\n/>'), [
    '3: 5',
    '3: 6',
  ]);
  assert.deepEqual(found('| a |\n|---|\n| 5 |\n\n> 6 in\n> 7'), ['3: 5', '5: 6', '6: 7']);
});

test('an allowed phrase is let through, over the end of a line too, and no number beside it', () => {
  const allowed = ['95 % interval', 'Gemma 2'];
  assert.deepEqual(found('Gemma 2 has 95 %\nintervals', allowed), []);
  assert.deepEqual(found('95 % of lists of Gemma 25', allowed), ['1: 95 %', '1: 5']);
});

test('no text of the report has a typed number, and no allowed one is idle', () => {
  checkProse(ROOT);
});

test('a typed number, and an idle entry, are refused with file, line and remedy', (t) => {
  const root = tempDir(t);
  mkdirSync(join(root, 'site'));
  cpSync(join(ROOT, 'content'), join(root, 'content'), { recursive: true });
  cpSync(join(ROOT, 'site/figures'), join(root, 'site/figures'), { recursive: true });
  checkProse(root);
  const section = join(root, 'content/explore.mdx');
  const whole = readFileSync(section, 'utf8');
  writeFileSync(section, `${whole}\nShort lists have 5.3 items.\n`);
  const line = whole.split('\n').length + 1;
  assert.throws(() => checkProse(root), {
    message: `content/explore.mdx:${line}: a typed number: 5.3: take it from a query (<Num>), or, if it is no result, allow it in content/allowed-numbers.yaml`,
  });
  writeFileSync(section, `${whole}\nShort {lists.\n`);
  assert.throws(
    () => checkProse(root),
    (error: Error) =>
      error.message.startsWith(`content/explore.mdx:${line}:7: Unexpected end of file`),
  );
  writeFileSync(section, whole);
  const allowed = join(root, 'content/allowed-numbers.yaml');
  writeFileSync(allowed, `${readFileSync(allowed, 'utf8')}- text: 42 lists\n  why: a test\n`);
  assert.throws(() => checkProse(root), {
    message: 'content/allowed-numbers.yaml: no text has “42 lists”: delete its entry',
  });
});

test('a build stops at a typed number before it writes anything', (t) => {
  const root = tempDir(t);
  for (const part of ['content', 'site', 'pipeline/schema', 'astro.config.mjs', 'package.json'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'content/x.mdx'), '---\ntitle: X\norder: 1\n---\n\nIt is 97 %.\n');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['node_modules/astro/bin/astro.mjs', 'build'],
    { cwd: root, env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' }, encoding: 'utf8' },
  );
  assert.equal(status, 1);
  assert.match(stderr, /^error: content\/x\.mdx:6: a typed number: 97 %: take it from a query/m);
  assert.equal(existsSync(join(root, 'dist')), false);
});
