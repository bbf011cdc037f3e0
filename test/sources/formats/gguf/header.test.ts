import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openGguf } from '../../../../pipeline/sources/formats/gguf/open.ts';
import { tempDir } from '../../../temp.ts';
import { float32Tensor, type GgufParts, goldenGguf, uint64, writeGguf } from './write-gguf.ts';

const types = readFileSync(goldenGguf('types.gguf'));

/** Two small tensors and some keys. */
const small = (): GgufParts => ({
  version: 3,
  metadata: new Map<string, string | string[] | number>([
    ['general.architecture', 'llama'],
    ['names', ['one', 'two']],
    ['sizes', 2],
  ]),
  tensors: [
    float32Tensor('first', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
    float32Tensor('second', [4], Float32Array.of(7, 8, 9, 10)),
  ],
});

const written = (t: TestContext, bytes: Uint8Array): string => {
  const path = join(tempDir(t), 'model.gguf');
  writeFileSync(path, bytes);
  return path;
};

const writtenParts = (t: TestContext, parts: GgufParts): string =>
  writeGguf(join(tempDir(t), 'model.gguf'), parts);

function assertRefused(path: string, error: RegExp): void {
  assert.throws(
    () => openGguf(path),
    (thrown: Error) => {
      assert.match(thrown.message, error);
      assert.ok(thrown.message.startsWith(`${path}: `), thrown.message);
      assert.doesNotMatch(thrown.message, /\n/);
      return true;
    },
  );
}

test('metadata of every type are as the reference says', () => {
  const { test_metadata: expected } = JSON.parse(readFileSync(goldenGguf('manifest.json'), 'utf8'));
  const { metadata } = openGguf(goldenGguf('types.gguf'));
  for (const [key, value] of Object.entries(expected)) {
    const rounded = key.endsWith('floats') ? (value as number[]).map(Math.fround) : value;
    assert.deepEqual(metadata.get(key), rounded, key);
  }
  assert.equal(metadata.size, Object.keys(expected).length + 1);
});

test('version 2 is read as version 3 is', (t) => {
  const second = Buffer.from(types);
  second.writeUInt32LE(2, 4);
  const [a, b] = [openGguf(written(t, second)), openGguf(goldenGguf('types.gguf'))];
  assert.deepEqual(a.metadata, b.metadata);
  assert.deepEqual([...a.tensors], [...b.tensors]);
});

test('offsets count from a start that general.alignment says', (t) => {
  const parts = small();
  parts.metadata.set('general.alignment', 64);
  const { tensors } = openGguf(writtenParts(t, parts));
  assert.equal(tensors.get('first')!.offset % 64, 0);
  assert.equal(tensors.get('second')!.offset, tensors.get('first')!.offset + 64);
  assert.deepEqual(tensors.get('first')!.dims, [2, 3]);
});

test('a file that ends anywhere too soon is refused in one line', (t) => {
  const whole = readFileSync(writtenParts(t, small()));
  const path = join(tempDir(t), 'cut.gguf');
  const end = whole.length - 16; // padding after the last value may be missing
  for (let length = 0; length < end; length++) {
    writeFileSync(path, whole.subarray(0, length));
    assertRefused(path, length < 4 ? /truncated/ : /truncated .*fetch the file again$|truncated: /);
  }
  writeFileSync(path, whole.subarray(0, end));
  assert.equal(openGguf(path).tensors.size, 2);
});

test('a tensor that the file ends in is named', (t) => {
  const whole = readFileSync(writtenParts(t, small()));
  assertRefused(written(t, whole.subarray(0, -20)), /tensor second ends at byte \d+ of \d+/);
});

test('a folder is refused', (t) => {
  const path = tempDir(t);
  assert.throws(() => openGguf(path), {
    message: `${path}: a folder, where a file is expected: name a GGUF file`,
  });
});

test('a missing file is refused', () => {
  assert.throws(() => openGguf('/no/such.gguf'), /^Error: missing file: \/no\/such\.gguf: /);
});

/** Each is made of the small file by a change of its parts. */
const malformed: Record<string, { change: (parts: GgufParts) => void; error: RegExp }> = {
  'version 1': {
    change: (p) => {
      p.version = 1;
    },
    error: /GGUF version 1, expected 2 or 3/,
  },
  'version 4': {
    change: (p) => {
      p.version = 4;
    },
    error: /GGUF version 4, expected 2 or 3/,
  },
  'big-endian': {
    change: (p) => {
      p.version = 0x03000000;
    },
    error: /big-endian/,
  },
  'a type that is not read': {
    change: (p) => {
      p.tensors[1]!.type = 10;
    },
    error: /tensor second has the type Q2_K: use a file quantised to F32, /,
  },
  'a type that there is none of': {
    change: (p) => {
      p.tensors[1]!.type = 99;
    },
    error: /tensor second has the type number 99/,
  },
  'tensors that overlap': {
    change: (p) => {
      p.tensors[1]!.offset = 0;
    },
    error: /tensor second overlaps tensor first/,
  },
  'an offset outside the file': {
    change: (p) => {
      p.tensors[1]!.offset = 2 ** 40;
    },
    error: /tensor second ends at byte \d+ of \d+/,
  },
  'an offset of no alignment': {
    change: (p) => {
      p.tensors[1]!.offset = 40;
    },
    error: /tensor second at offset 40, not a multiple of 32/,
  },
  'an alignment that is none': {
    change: (p) => void p.metadata.set('general.alignment', 24),
    error: /general\.alignment is 24, not a power of two/,
  },
  'a tensor twice': {
    change: (p) => {
      p.tensors[1]!.name = 'first';
    },
    error: /tensor first stands twice/,
  },
  'a row that is not made of blocks': {
    change: (p) => {
      p.tensors[0]!.type = 8;
    },
    error: /tensor first of shape \[3,2\] is not made of Q8_0's blocks of 32/,
  },
  'no axes': {
    change: (p) => {
      p.tensors[0]!.dims = [];
    },
    error: /tensor first has 0 axes/,
  },
  'five axes': {
    change: (p) => {
      p.tensors[0]!.dims = [1, 1, 1, 2, 3];
    },
    error: /tensor first has 5 axes/,
  },
  'an axis of nothing': {
    change: (p) => {
      p.tensors[0]!.dims = [0, 3];
    },
    error: /tensor first of shape \[3,0\]/,
  },
};

for (const [name, { change, error }] of Object.entries(malformed))
  test(`refused in one line: ${name}`, (t) => {
    const parts = small();
    change(parts);
    assertRefused(writtenParts(t, parts), error);
  });

/** Each is made of the small file by a change of its bytes. */
const damaged: Record<string, { change: (bytes: Buffer) => void; error: RegExp }> = {
  'another format': { change: (b) => void b.write('GGML'), error: /begins with "GGML", not GGUF/ },
  'more tensors than fit': {
    change: (b) => void uint64(2 ** 50).copy(b, 8),
    error: /truncated in the list of tensors/,
  },
  'more keys than there are': {
    change: (b) => void uint64(2 ** 50).copy(b, 16),
    error: /truncated in /,
  },
  'a key of a type that is none': {
    change: (b) => void b.writeUInt32LE(13, b.indexOf('sizes') + 5),
    error: /key sizes has values of type 13, not known/,
  },
  'a list longer than the file': {
    change: (b) => void uint64(2 ** 50).copy(b, b.indexOf('names') + 13),
    error: /truncated in key names/,
  },
  'a list of lists': {
    change: (b) => void b.writeUInt32LE(9, b.indexOf('names') + 9),
    error: /key names has values of type 9/,
  },
  'a key twice': {
    change: (b) => void b.write('names', b.indexOf('sizes')),
    error: /key names stands twice/,
  },
  'a text that is none': {
    change: (b) => void b.writeUInt8(0xff, b.indexOf('one')),
    error: /key names is not UTF-8/,
  },
  'a number that no number holds': {
    change: (b) => {
      b.writeUInt32LE(10, b.indexOf('sizes') + 5);
      b.writeBigUInt64LE(2n ** 63n + 1n, b.indexOf('sizes') + 9);
    },
    error: /key sizes: 9223372036854775809 is larger than a number holds exactly/,
  },
};

for (const [name, { change, error }] of Object.entries(damaged))
  test(`refused in one line: ${name}`, (t) => {
    const bytes = readFileSync(writtenParts(t, small()));
    change(bytes);
    assertRefused(written(t, bytes), error);
  });
