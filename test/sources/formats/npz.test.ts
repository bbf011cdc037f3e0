import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32, type Tensor } from '../../../pipeline/graph/tensor.ts';
import { readNpz, readNpzHeaders } from '../../../pipeline/sources/formats/npz.ts';
import { npy, writeNpz, zip } from '../../../pipeline/sources/formats/write-npz.ts';
import { goldenFiles, goldenModels, numbers, openGolden } from '../../golden.ts';
import { tempDir } from '../../temp.ts';

const WRITER = import.meta.resolve('../../../pipeline/sources/formats/write-npz.ts');
const SAMPLING = join(openGolden('sampling').dir, 'topp.npz');

test('every golden archive has the arrays, shapes and types that its manifest lists', async () => {
  for (const golden of goldenModels()) {
    for (const file of goldenFiles(golden)) {
      const npz = await readNpz(join(golden.dir, file));
      for (const [name, entry] of Object.entries(golden.manifest.files[file]!)) {
        const { shape, dtype } = entry as unknown as { shape: number[]; dtype: string };
        const array = npz.get(name);
        assert.deepEqual([array.dims, array.dtype], [shape, dtype], `${file}: ${name}`);
      }
    }
  }
});

test('the shapes of headers alone are those of the arrays', async () => {
  for (const golden of goldenModels())
    for (const file of goldenFiles(golden)) {
      const path = join(golden.dir, file);
      const npz = await readNpz(path);
      const headers = await readNpzHeaders(path);
      assert.deepEqual([...headers.keys()], npz.names);
      for (const [name, { dims }] of headers) assert.deepEqual(dims, npz.get(name).dims, name);
    }
});

test('headers of what is no archive, or holds no arrays, are refused by name', async (t) => {
  const path = join(tempDir(t), 'x.npz');
  await assert.rejects(readNpzHeaders(path), {
    message: `missing file: ${path}: fetch the file again`,
  });
  writeFileSync(path, zip([{ name: 'a.npy', bytes: Buffer.from('no array') }]));
  await assert.rejects(readNpzHeaders(path), {
    message: `${path}: a: not a .npy array: fetch the file again`,
  });
});

test('values agree with each other: kept is where probs are above 0, n_kept counts them', async () => {
  const npz = await readNpz(SAMPLING);
  const [kept, probs, counts] = ['kept', 'probs', 'n_kept'].map((name) =>
    numbers(npz.get(name).data),
  );
  assert.deepEqual(
    kept,
    probs!.map((p) => Number(p > 0)),
  );
  const width = kept!.length / counts!.length;
  const survivors = counts!.map((_, row) => kept!.slice(row * width, (row + 1) * width));
  assert.deepEqual(
    survivors.map((row) => row.reduce((a, b) => a + b)),
    counts,
  );
});

/** One array of every type, with values that a wrong width or byte order would change. */
const EVERY: Record<string, Tensor> = {
  f8: { dtype: 'float64', dims: [2], data: Float64Array.of(Math.PI, -0) },
  f4: float32([1.5, -2, 3, 4, 5, 6], [2, 3]),
  f2: { dtype: 'float16', dims: [1], data: Uint16Array.of(0x3c01) },
  i8: { dtype: 'int64', dims: [1, 1], data: BigInt64Array.of(-(2n ** 40n)) },
  i4: { dtype: 'int32', dims: [2], data: Int32Array.of(-5, 2 ** 30) },
  i1: { dtype: 'int8', dims: [1], data: Int8Array.of(-7) },
  u1: { dtype: 'uint8', dims: [1], data: Uint8Array.of(200) },
  b1: { dtype: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
  scalar: float32([7], []),
  empty: float32([], [0, 3]),
};

for (const stored of [true, false])
  test(`every element type is read, ${stored ? 'stored' : 'deflated'}`, async (t) => {
    const path = join(tempDir(t), 'every.npz');
    const files = Object.entries(EVERY).map(([name, a]) => ({
      name: `${name}.npy`,
      bytes: npy(a),
    }));
    writeFileSync(path, zip(files, { stored }));
    const npz = await readNpz(path);
    assert.deepEqual(npz.names, Object.keys(EVERY));
    for (const [name, array] of Object.entries(EVERY)) assert.deepEqual(npz.get(name), array);
  });

for (const stored of [true, false])
  test(`equal arrays give equal bytes in every time zone, ${stored ? 'stored' : 'deflated'}`, async (t) => {
    const dir = tempDir(t);
    const [paris, tokyo] = ['Europe/Paris', 'Asia/Tokyo'].map((zone) => {
      const path = join(dir, `${zone.replace('/', '-')}.npz`);
      const { status, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript'], {
        input: `
          import { writeNpz } from ${JSON.stringify(WRITER)};
          const data = Float32Array.from({ length: 5000 }, (_, i) => i % 97);
          const tensor = { dtype: 'float32', dims: [50, 100], data };
          writeNpz(${JSON.stringify(path)}, { b: tensor, a: tensor }, { stored: ${stored} });`,
        env: { ...process.env, TZ: zone },
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      return path;
    });
    assert.deepEqual(readFileSync(paris!), readFileSync(tokyo!));
    const npz = await readNpz(paris!);
    assert.deepEqual(npz.names, ['b', 'a']);
    assert.deepEqual(npz.get('a').dims, [50, 100]);
    assert.deepEqual([...npz.get('a').data.slice(95, 99)], [95, 96, 0, 1]);
    assert.equal(readFileSync(paris!).length < 20_000, !stored);
  });

test('header version 2, with its longer length, is read', async (t) => {
  const path = join(tempDir(t), 'v2.npz');
  const v1 = npy(EVERY.f4!);
  const length = Buffer.alloc(4);
  length.writeUInt16LE(v1.readUInt16LE(8));
  const v2 = Buffer.concat([Buffer.from('\x93NUMPY\x02\x00', 'latin1'), length, v1.subarray(10)]);
  writeFileSync(path, zip([{ name: 'a.npy', bytes: v2 }]));
  assert.deepEqual((await readNpz(path)).get('a'), EVERY.f4);
});

test('Fortran order comes out row-major, for any rank', async (t) => {
  const path = join(tempDir(t), 'fortran.npz');
  const matrix = npy(float32([1, 4, 2, 5, 3, 6], [2, 3]), { fortran: true });
  const cube = npy(float32([0, 4, 2, 6, 1, 5, 3, 7], [2, 2, 2]), { fortran: true });
  writeFileSync(
    path,
    zip([
      { name: 'matrix.npy', bytes: matrix },
      { name: 'cube.npy', bytes: cube },
    ]),
  );
  const npz = await readNpz(path);
  assert.deepEqual(npz.get('matrix'), float32([1, 2, 3, 4, 5, 6], [2, 3]));
  assert.deepEqual(npz.get('cube'), float32([0, 1, 2, 3, 4, 5, 6, 7], [2, 2, 2]));
});

test('an absent array is refused with the names of those present', async (t) => {
  const path = join(tempDir(t), 'params.npz');
  writeNpz(path, { W_enc: EVERY.f4!, b_enc: EVERY.f4! });
  const npz = await readNpz(path);
  assert.throws(
    () => npz.get('threshold'),
    /^Error: missing array: threshold in .*params\.npz \(has W_enc b_enc\)/,
  );
});

const entry = (bytes: Buffer) => zip([{ name: 'W_dec.npy', bytes }]);
const edited = (from: string, to: string) =>
  Buffer.from(npy(EVERY.f4!).toString('latin1').replace(from, to), 'latin1');

/** Each makes the bytes of one bad file; null stands for no file. */
const malformed: Record<string, { bytes: () => Buffer | null; error: RegExp }> = {
  'no file': { bytes: () => null, error: /^Error: missing file: .*bad\.npz: fetch/ },
  'an empty file': {
    bytes: () => Buffer.alloc(0),
    error: /bad\.npz: not a zip archive, or truncated/,
  },
  'a truncated archive': {
    bytes: () => readFileSync(SAMPLING).subarray(0, -1000),
    error: /bad\.npz: not a zip archive, or truncated/,
  },
  'a flipped byte': {
    bytes: () => {
      const bytes = zip([{ name: 'W_dec.npy', bytes: npy(EVERY.f4!) }], { stored: true });
      bytes[bytes.indexOf('NUMPY') + 130]! ^= 1;
      return bytes;
    },
    error: /bad\.npz: W_dec: damaged, its checksum does not match/,
  },
  'a directory that does not fit': {
    bytes: () => {
      const bytes = entry(npy(EVERY.f4!));
      bytes.writeUInt32LE(0, bytes.lastIndexOf('PK\x01\x02'));
      return bytes;
    },
    error: /bad\.npz: not a zip archive, or truncated/,
  },
  'a size that compression cannot give': {
    bytes: () => {
      const bytes = entry(npy(EVERY.f4!));
      bytes.writeUInt32LE(2 ** 31, bytes.lastIndexOf('PK\x01\x02') + 24);
      return bytes;
    },
    error: /bad\.npz: W_dec: damaged, it cannot have 2147483648 bytes, \d+ compressed: fetch/,
  },
  'an array twice': {
    bytes: () => {
      const bytes = zip([
        { name: 'W_dec.npy', bytes: npy(EVERY.f4!) },
        { name: 'W_enc.npy', bytes: npy(EVERY.f4!) },
      ]);
      for (let at = bytes.indexOf('W_enc'); at >= 0; at = bytes.indexOf('W_enc'))
        bytes.write('W_dec', at);
      return bytes;
    },
    error: /bad\.npz: W_dec stands twice: fetch the file again/,
  },
  'a version that is none': {
    bytes: () => entry(edited('\x93NUMPY\x01', '\x93NUMPY\x09')),
    error: /W_dec: \.npy version 9, expected 1, 2 or 3/,
  },
  'a type by the name of JavaScript’s own': {
    bytes: () => entry(edited("'<f4'", "'constructor'")),
    error: /W_dec: element type constructor, expected one of/,
  },
  'a shape that is larger than any number': {
    bytes: () => entry(edited('(2, 3)', `(${'9'.repeat(30)}, 3)`)),
    error: /W_dec: shape \[1e\+30,3\] of <f4 needs 1\.2\d*e\+31 bytes, has/,
  },
  'an entry that is no array': {
    bytes: () => entry(Buffer.from('a text of some length')),
    error: /W_dec: not a \.npy array/,
  },
  'an unreadable header': {
    bytes: () => entry(edited("'descr'", "'dtype'")),
    error: /W_dec: unreadable \.npy header/,
  },
  'sizes without a comma': {
    bytes: () => entry(edited('(2, 3)', '(2 3)')),
    error: /W_dec: unreadable \.npy header/,
  },
  'a size that is no tuple': {
    bytes: () => entry(edited('(2, 3)', '(6)')),
    error: /W_dec: unreadable \.npy header/,
  },
  'a key twice': {
    bytes: () => entry(edited('}', "'descr': '<i4' }")),
    error: /W_dec: unreadable \.npy header/,
  },
  'a key that is not known': {
    bytes: () => entry(edited('}', "'scale': 3 }")),
    error: /W_dec: unreadable \.npy header/,
  },
  'a comment': {
    bytes: () => entry(edited("'fortran", "#'fortran")),
    error: /W_dec: unreadable \.npy header/,
  },
  'big-endian values': {
    bytes: () => entry(edited('<f4', '>f4')),
    error: /W_dec: element type >f4, expected one of/,
  },
  'fewer values than the shape needs': {
    bytes: () => entry(edited('(2, 3)', '(2, 4)')),
    error: /W_dec: shape \[2,4\] of <f4 needs 32 bytes, has 24/,
  },
};

for (const [name, { bytes, error }] of Object.entries(malformed))
  test(`refused in one line: ${name}`, async (t) => {
    const path = join(tempDir(t), 'bad.npz');
    const content = bytes();
    if (content) writeFileSync(path, content);
    await assert.rejects(readNpz(path), (thrown: Error) => {
      assert.match(String(thrown), error);
      assert.doesNotMatch(thrown.message, /\n/);
      return true;
    });
  });

test('headers alone tell that an array is not as large as its shape', async (t) => {
  const path = join(tempDir(t), 'x.npz');
  writeFileSync(path, entry(edited('(2, 3)', '(2, 9)')));
  await assert.rejects(readNpzHeaders(path), {
    message: `${path}: W_dec: shape [2,9] of <f4 needs 72 bytes, has 24: fetch the file again`,
  });
});

test('what is no array beside the arrays is not read', async (t) => {
  const path = join(tempDir(t), 'x.npz');
  const note = { name: 'README.txt', bytes: Buffer.from('trained on lists') };
  writeFileSync(path, zip([note, { name: 'a.npy', bytes: npy(EVERY.f4!) }]));
  assert.deepEqual((await readNpz(path)).names, ['a']);
  assert.deepEqual([...(await readNpzHeaders(path)).keys()], ['a']);
});
