import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { topicId } from '../../pipeline/schema/topic-id.ts';
import { loadStudy, parseStudy } from '../../pipeline/study/load-study.ts';
import { ModelStudySchema } from '../../pipeline/study/study.ts';
import { tempDir } from '../temp.ts';

const MINIATURE = readFileSync(
  fileURLToPath(new URL('../../data/studies/miniature.yaml', import.meta.url)),
  'utf8',
);
const CASES = fileURLToPath(new URL('../cases/studies', import.meta.url));

/** What a study file may be instead of a study, and what is said of it. */
const FILES: Readonly<Record<string, [content: string | Buffer, complaint: RegExp]>> = {
  'UTF-16 with a byte order mark': [
    Buffer.from(`\ufeff${MINIATURE}`, 'utf16le'),
    /^text in UTF-16 or UTF-32: save it as UTF-8$/,
  ],
  'UTF-16, the other byte first': [
    Buffer.from(`\ufeff${MINIATURE}`, 'utf16le').swap16(),
    /^text in UTF-16 or UTF-32: save it as UTF-8$/,
  ],
  'UTF-16 without a mark': [
    Buffer.from(MINIATURE, 'utf16le'),
    /^a byte 0, as in UTF-16 text or a binary file: save it as UTF-8$/,
  ],
  'Latin-1': [
    Buffer.from(MINIATURE.replace('Countries', 'Länder'), 'latin1'),
    /^bytes that are not UTF-8: save it as UTF-8$/,
  ],
  'a few lines that aliases make gigabytes of': [
    ['a: &a [x, x]', ...[...'bcdefghijklmnopqrstuvwxyz'].map(bombLine)].join('\n'),
    /^not YAML: its aliases stand for too many values: write the values out$/,
  ],
  'a value that contains itself': [
    MINIATURE.replace('seed: 2024', 'seed: &a [*a]'),
    /^seed: expected number, received a value that contains itself$/,
  ],
  'an alias of nothing': ['seed: *a', /^not YAML: Unresolved alias/],
  'brackets within brackets': [
    `seed: ${'['.repeat(100_000)}`,
    /^not YAML: nested too deeply: write it flat$/,
  ],
  'a tag': ['seed: !!js/function "f"', /^not YAML: Unresolved tag/],
  'two documents': [`${MINIATURE}\n---\nseed: 1`, /^not YAML: Source contains multiple documents/],
  'a key twice': [`${MINIATURE}\nseed: 1`, /^not YAML: Map keys must be unique/],
  'more text than a study has': ['#'.repeat(2_000_000), /^2000000 bytes: a study file has at most/],
  'a list': ['- 1', /^expected object, received \[1\]$/],
  nothing: ['', /^expected object, received null$/],
};

function bombLine(name: string, i: number): string {
  const before = `*${String.fromCharCode('a'.charCodeAt(0) + i)}`;
  return `${name}: &${name} [${before}, ${before}]`;
}

suite('a file that is no study is refused in one short line', () => {
  for (const [what, [content, complaint]] of Object.entries(FILES))
    test(what, (t) => {
      const dir = tempDir(t);
      const path = join(dir, 'x.yaml');
      writeFileSync(path, content);
      assert.throws(
        () => loadStudy(dir, 'x'),
        ({ message }: Error) => {
          assert.ok(message.startsWith(`${path}: `), message);
          assert.match(message.slice(path.length + 2), complaint);
          assert.ok(!message.includes('\n') && message.length < path.length + 300, message);
          return true;
        },
      );
    });
});

test('a folder in the place of a file is said to be none', (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'x.yaml'));
  assert.throws(() => loadStudy(dir, 'x'), {
    message: `${join(dir, 'x.yaml')}: not a file: put the study's text there`,
  });
});

test('a folder of studies that is not there is named', (t) => {
  const dir = join(tempDir(t), 'nowhere');
  assert.throws(() => loadStudy(dir, 'x'), {
    message: `${dir}: missing: put the files of studies there`,
  });
});

test('a byte order mark of UTF-8 is no part of the study', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'miniature.yaml'), `\ufeff${MINIATURE}`);
  assert.deepEqual(loadStudy(dir, 'miniature'), parseStudy(MINIATURE, 'x.yaml'));
});

test('a long value is cut where an error repeats it', () => {
  const topic = 'x'.repeat(10_000);
  assert.throws(
    () => parseStudy(MINIATURE.replace('- Countries', `- ${topic}`), 'x.yaml'),
    ({ message }: Error) =>
      /^x\.yaml: topics\.1: expected text with length ≤ 200, received "x+… \(10002 characters\)$/.test(
        message,
      ) && message.length < 400,
  );
});

test('a study file of before there was a choice of family and form is about Gemma 2 and hyphens', () => {
  const earlier = MINIATURE.replace(/^(subject|form): .*\n/gm, '');
  assert.deepEqual(parseStudy(earlier, 'x.yaml'), parseStudy(MINIATURE, 'x.yaml'));
});

/** The arrays of a schema, each with its place. */
function* arraysOf(schema: unknown, path: string): Generator<[string, z.ZodArray]> {
  if (schema instanceof z.ZodOptional) yield* arraysOf(schema.unwrap(), path);
  else if (schema instanceof z.ZodPipe) yield* arraysOf(schema.in, path);
  else if (schema instanceof z.ZodArray) yield [path, schema];
  else if (schema instanceof z.ZodObject)
    for (const [key, value] of Object.entries(schema.shape))
      yield* arraysOf(value, path === '' ? key : `${path}.${key}`);
}

/** Checked with all others of the study: topics by their ids. */
const CHECKED_ELSEWHERE = ['topics'];

suite('no list of a study takes a value twice', () => {
  const values: readonly unknown[] = [
    1,
    'short',
    'from-prompt',
    'res_1',
    'tc_1',
    'word',
    { path: 'm.gguf' },
  ];
  for (const [path, array] of arraysOf(ModelStudySchema, ''))
    test(path, () => {
      const value = values.find(
        (each) => array.element instanceof z.ZodType && array.element.safeParse(each).success,
      );
      assert.notEqual(value, undefined);
      if (CHECKED_ELSEWHERE.includes(path)) return;
      assert.equal(array.safeParse([value]).success, true);
      assert.match(array.safeParse([value, value]).error!.issues[0]!.message, /^each .* once$/);
    });
});

test('topics have ids of their own, of letters, digits and hyphens, whatever they are', () => {
  assert.equal(topicId('Types of Trees'), 'types-of-trees');
  assert.equal(topicId("New Year's Resolutions"), 'new-year-s-resolutions');
  assert.equal(topicId(' tv  SHOWS '), topicId('TV Shows'));
  const odd = [
    'C',
    'C++',
    'C#',
    'c-',
    '.c',
    '🍎',
    '🍐',
    '$&',
    '…/..',
    '..',
    'a/b',
    'a b',
    'é',
    'e',
    '日本',
  ];
  const ids = [...odd, 'x'.repeat(200), 'x'.repeat(199)].map(topicId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) {
    assert.match(id, /^[\p{L}\p{M}\p{N}]+(-[\p{L}\p{M}\p{N}]+)*$/u);
    assert.ok(Buffer.byteLength(id) < 200);
  }
  assert.equal(topicId('e\u0301tudes'), topicId('études'));
});

/** Cases that are refused as they are read; all others are studies. */
const REFUSED: Readonly<Record<string, string>> = {
  'sae-twice': 'saes.ids: expected each SAE once, received "res_3"',
};

suite('studies that people brought', () => {
  for (const name of [
    'alike-by-slug',
    'all-capped',
    'beyond-positions',
    'brief-lists',
    'dollar',
    'nearly-greedy',
    'one-emoji',
    'sae-twice',
    'width-1m',
  ])
    test(name, () => {
      const complaint = REFUSED[name];
      const load = () => loadStudy(CASES, name);
      if (complaint === undefined) assert.equal(load().name, name);
      else assert.throws(load, { message: `${join(CASES, name)}.yaml: ${complaint}` });
    });
});

test('stringified studies are read again', () => {
  const study = parseStudy(MINIATURE, 'x.yaml');
  assert.deepEqual(parseStudy(stringify(study), 'x.yaml'), study);
});
