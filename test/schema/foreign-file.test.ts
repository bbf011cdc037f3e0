import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  readForeignJson,
  readForeignObject,
  readForeignText,
} from '../../pipeline/schema/foreign-file.ts';
import { oneLine, shown } from '../../pipeline/schema/one-line.ts';
import { repeatedKey } from '../../pipeline/schema/repeated-key.ts';
import { runs } from '../fuzz/runs.ts';
import { tempDir } from '../temp.ts';

const REMEDY = 'fetch it again';

suite('what the system refuses is one line with path and remedy', () => {
  /** Each makes something else than a file at a path. */
  const others: Readonly<Record<string, [(path: string) => void, string]>> = {
    nothing: [() => {}, ''],
    'a folder': [mkdirSync, 'a folder, where a file is expected'],
    'a link to itself': [(path) => symlinkSync(path, path), 'its links lead in a circle'],
    'a pipe that nobody writes to': [
      (path) => assert.equal(spawnSync('mkfifo', [path]).status, 0),
      'a pipe, where a file is expected',
    ],
  };
  for (const [name, [make, fact]] of Object.entries(others))
    test(name, (t) => {
      const path = join(tempDir(t), 'x.json');
      make(path);
      const message = fact
        ? `${path}: ${fact}: ${REMEDY}`
        : `missing model file: ${path}: ${REMEDY}`;
      assert.throws(() => readForeignText({ path, remedy: REMEDY, what: 'model file' }), {
        message,
      });
    });

  test('a file in place of a folder', (t) => {
    const file = join(tempDir(t), 'x');
    writeFileSync(file, '');
    const path = join(file, 'y.json');
    assert.throws(() => readForeignText({ path, remedy: REMEDY }), {
      message: `${path}: a part of its path is a file, where a folder is expected: ${REMEDY}`,
    });
  });

  test('a file that may not be read', (t) => {
    const path = join(tempDir(t), 'x');
    writeFileSync(path, '', { mode: 0 });
    const isRoot = process.geteuid?.() === 0; // who may read everything
    if (isRoot) process.seteuid?.(65_534);
    try {
      assert.throws(() => readForeignText({ path, remedy: REMEDY }), {
        message: `${path}: it may not be read: give yourself the right to, or ${REMEDY}`,
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

suite('texts and objects', () => {
  test('a byte order mark is left out', (t) => {
    const path = join(tempDir(t), 'x');
    writeFileSync(path, '\ufeff{"a": 1}');
    assert.deepEqual(readForeignObject({ path, remedy: REMEDY }), { a: 1 });
  });

  const others: Readonly<Record<string, [string | Buffer, string]>> = {
    'UTF-16': [Buffer.from('\ufeff{}', 'utf16le'), `not UTF-8: save it as UTF-8, or ${REMEDY}`],
    'an empty file': ['\n', `not JSON, it is empty: ${REMEDY}`],
    'a cut file': ['{"a": ', `not JSON: ${REMEDY}`],
    'a list': ['[{"a": 1}]', `a list, where an object is expected: ${REMEDY}`],
    null: ['null', `null, where an object is expected: ${REMEDY}`],
    'a key twice': ['{"a": {"b\\n": 1, "b\\u000a": 2}}', `the key "b\\n" stands twice: ${REMEDY}`],
  };
  for (const [name, [content, fact]] of Object.entries(others))
    test(name, (t) => {
      const path = join(tempDir(t), 'x.json');
      writeFileSync(path, content);
      assert.throws(() => readForeignObject({ path, remedy: REMEDY }), {
        message: `${path}: ${fact}`,
      });
    });

  test('every value of JSON is read as JSON.parse does', (t) => {
    const path = join(tempDir(t), 'x.json');
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 4), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        writeFileSync(path, text);
        assert.deepEqual(readForeignJson({ path, remedy: REMEDY }), JSON.parse(text));
      }),
      runs(),
    );
  });
});

/** An object, and the key of an object in it that is written twice; none where the value has no object with a key. */
test('a key that stands twice is found wherever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.string(), fc.nat(3), (values, key, depth) => {
      const name = JSON.stringify(key);
      const [before, after] = [JSON.stringify(values), JSON.stringify([...values].reverse())];
      const object = `{${name} : ${before}, ${name}:${after}}`;
      const nested = '[{"a":'.repeat(depth) + object + '}]'.repeat(depth);
      assert.equal(repeatedKey(before), null);
      assert.equal(repeatedKey(nested), key);
    }),
    runs(),
  );
});

test('a message is one line, short, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), fc.anything(), (text, value) => {
      for (const line of [oneLine(text), shown(value)]) {
        assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
        assert.ok(line.length <= 700);
      }
      assert.ok(shown(value).length <= 100);
    }),
    runs(),
  );
  assert.equal(oneLine('a plain line: do this'), 'a plain line: do this');
  assert.equal(oneLine('a\nb'), 'a\\u000ab');
});
