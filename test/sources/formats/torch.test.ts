import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Pickled } from '../../../pipeline/sources/formats/pickle.ts';
import { isIntTensor, readTorch } from '../../../pipeline/sources/formats/torch.ts';
import { zip } from '../../../pipeline/sources/formats/write-npz.ts';
import { RELEASED, WITHOUT_RELEASED } from '../../released.ts';
import { tempDir } from '../../temp.ts';
import { longs, pickle, tensor, text, tuple } from './torch-file.ts';

/** A file of PyTorch's made of a pickle and storages, written for this test. */
function torchFile(
  t: Pick<TestContext, 'after'>,
  pickle: Buffer,
  storages: Record<string, Buffer> = {},
): string {
  const path = join(tempDir(t), 'x.pt');
  const files = Object.entries(storages).map(([key, bytes]) => ({ name: `x/data/${key}`, bytes }));
  writeFileSync(path, zip([{ name: 'x/data.pkl', bytes: pickle }, ...files], { stored: true }));
  return path;
}

test('plain containers come out as arrays and maps, whatever was remembered on the way', async (t) => {
  const path = torchFile(
    t,
    pickle('}', 0x71, 1, '(', text('a'), ']', '(', 'K\x01', 'K\x02', 'e', text('b'), 'N', 'u', '.'),
  );
  assert.deepEqual(
    await readTorch(path),
    new Map<Pickled, Pickled>([
      ['a', [1, 2]],
      ['b', null],
    ]),
  );
});

test('a tensor has its shape and values, from where in its storage it begins', async (t) => {
  const path = torchFile(t, pickle(tensor(6, 2, tuple(2, 2), tuple(2, 1)), '.'), {
    0: longs(9, 9, 1, 2, 3, -4),
  });
  const read = await readTorch(path);
  assert.ok(isIntTensor(read));
  assert.deepEqual(
    [read.dtype, read.dims, read.data],
    ['int64', [2, 2], BigInt64Array.of(1n, 2n, 3n, -4n)],
  );
});

test('a defaultdict is a map', async (t) => {
  const path = torchFile(
    t,
    pickle(
      'ccollections\ndefaultdict\n',
      'c__builtin__\ndict\n',
      0x85,
      'R',
      'K\x05',
      'K\x06',
      's',
      '.',
    ),
  );
  assert.deepEqual(await readTorch(path), new Map([[5, 6]]));
});

const REFUSED: Record<string, [Buffer, Record<string, Buffer>, string]> = {
  'a call of the system': [
    pickle('cposix\nsystem\n', text('touch owned'), 0x85, 'R', '.'),
    {},
    'unexpected class posix.system',
  ],
  'a function of Python': [
    pickle('c__builtin__\neval\n', text('1'), 0x85, 'R', '.'),
    {},
    'unexpected class __builtin__.eval',
  ],
  'a name of JavaScript’s own': [
    pickle('c__proto__\nx\n', '.'),
    {},
    'unexpected class __proto__.x',
  ],
  'a class from the stack': [
    pickle(text('os'), text('system'), 0x93, '.'),
    {},
    'unexpected opcode STACK_GLOBAL 0x93 at byte 20',
  ],
  'an object that sets its own state': [
    pickle(']', '}', 'b', '.'),
    {},
    'unexpected opcode BUILD 0x62 at byte 4',
  ],
  'an instance': [
    pickle('(', 'iposix\nsystem\n', '.'),
    {},
    'unexpected opcode INST 0x69 at byte 3',
  ],
  'an unknown opcode': [pickle(0xff), {}, 'unexpected opcode 0xff at byte 2'],
  'another protocol': [Buffer.of(0x80, 4, 0x4e, 0x2e), {}, 'pickle protocol 4, expected 2'],
  'a pickle that ends early': [pickle('}', '('), {}, 'truncated'],
  'a text that is not all there': [pickle(text('topic').subarray(0, 7)), {}, 'truncated'],
  'a value too few': [pickle('.'), {}, 'malformed: a value is missing'],
  'a value too many': [pickle('N', 'N', '.'), {}, 'malformed: values are left over'],
  'a memory that is empty': [pickle('h\x07', '.'), {}, 'malformed: nothing is remembered as 7'],
  'a call of what is no class': [
    pickle('N', ')', 'R', '.'),
    {},
    'malformed: what is called is no class',
  ],
  'a persistent id of another kind': [
    pickle(text('module'), 0x85, 'Q', '.'),
    {},
    "unexpected persistent id [ 'module' ]",
  ],
  'a storage that is not there': [
    pickle(tensor(1, 0, tuple(1), tuple(1)), '.'),
    {},
    'storage 0 needs 8 bytes, has none',
  ],
  'a storage that was cut': [
    pickle(tensor(2, 0, tuple(2), tuple(1)), '.'),
    { 0: longs(1) },
    'storage 0 needs 16 bytes, has 8',
  ],
  'a tensor beyond its storage': [
    pickle(tensor(2, 1, tuple(2), tuple(1)), '.'),
    { 0: longs(1, 2) },
    'tensor of shape [2] reaches beyond its storage',
  ],
  'a tensor by columns': [
    pickle(tensor(4, 0, tuple(2, 2), tuple(1, 2)), '.'),
    { 0: longs(1, 2, 3, 4) },
    'tensor of shape [2,2] and strides [1,2], expected row-major',
  ],
  'floating-point numbers': [
    pickle('ctorch\nFloatStorage\n', '.'),
    {},
    'unexpected class torch.FloatStorage',
  ],
};

for (const [what, [bytes, storages, message]] of Object.entries(REFUSED))
  test(`refused in one line, nothing run: ${what}`, async (t) => {
    const path = torchFile(t, bytes, storages);
    await assert.rejects(readTorch(path), { message: `${path}: ${message}: fetch the file again` });
    assert.ok(!existsSync('owned'));
  });

test('a foreign file, a zip of something else and a truncated archive are refused by name', async (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'x.pt');
  await assert.rejects(readTorch(path), { message: `missing file: ${path}: fetch the file again` });
  writeFileSync(path, 'no archive');
  const noZip = `${path}: not a zip archive, or truncated: fetch the file again`;
  await assert.rejects(readTorch(path), { message: noZip });
  const whole = zip([{ name: 'x/data.pkl', bytes: pickle('N', '.') }]);
  writeFileSync(path, whole.subarray(0, whole.length - 30));
  await assert.rejects(readTorch(path), { message: noZip });
  writeFileSync(path, zip([{ name: 'readme', bytes: Buffer.from('hello') }]));
  await assert.rejects(readTorch(path), {
    message: `${path}: no file of PyTorch: it has no data.pkl: fetch the file again`,
  });
});

test('a flipped bit is seen by its checksum', async (t) => {
  const path = torchFile(t, pickle(text('topic'), '.'));
  const bytes = readFileSync(path);
  bytes[bytes.indexOf('topic')]! ^= 1;
  writeFileSync(path, bytes);
  await assert.rejects(readTorch(path), {
    message: `${path}: damaged, its checksum does not match: fetch the file again`,
  });
});

test('every released file is read', { skip: WITHOUT_RELEASED }, async () => {
  const files = globSync('*/*.pt', { cwd: RELEASED }).sort();
  assert.equal(files.length, 12);
  for (const file of files) {
    const read = await readTorch(join(RELEASED, file));
    assert.ok(read instanceof Map && read.size > 0, file);
  }
});
