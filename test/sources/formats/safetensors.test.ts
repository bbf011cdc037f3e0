import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { float32, int64, type Tensor } from '../../../pipeline/graph/tensor.ts';
import {
  assertFiniteWeights,
  type Checkpoint,
  openCheckpoint,
  openSafetensors,
  readTensor,
} from '../../../pipeline/sources/formats/safetensors.ts';
import { widenCheckpoint } from '../../../pipeline/sources/formats/widen.ts';
import {
  streamSafetensors,
  type TensorSource,
  writeSafetensors,
} from '../../../pipeline/sources/formats/write-safetensors.ts';
import { goldenModels, openGolden } from '../../golden.ts';
import { tempDir } from '../../temp.ts';

const GOLDEN = openGolden('config_A').dir;
const MODEL = join(GOLDEN, 'model');
const EMBEDDING = 'model.embed_tokens.weight';

const readAll = ({ tensors }: Checkpoint): Record<string, Tensor<Float32Array>> =>
  Object.fromEntries([...tensors].map(([name, slice]) => [name, readTensor(slice)]));

test('every golden model has the tensors that its manifest lists', () => {
  for (const { dir, manifest } of goldenModels()) {
    const listed = (manifest as unknown as { model: { tensors: Record<string, number[]> } }).model
      .tensors;
    const { tensors } = openCheckpoint(join(dir, 'model'));
    const found = [...tensors].map(([name, slice]) => [name, slice.dims]);
    assert.deepEqual(Object.fromEntries(found), listed);
    for (const [name, slice] of tensors) assertFiniteWeights(name, slice);
  }
});

test('bfloat16 widens to the float32 weights rounded to their upper half', () => {
  const wide = readAll(openCheckpoint(MODEL));
  const narrow = readAll(openCheckpoint(join(GOLDEN, 'model_bf16')));
  for (const [name, { data }] of Object.entries(narrow)) {
    const bits = new Uint32Array(data.buffer);
    assert.ok(
      bits.every((b) => (b & 0xffff) === 0),
      name,
    );
    const relative = data.map((x, i) => Math.abs(x / wide[name]!.data[i]! - 1));
    assert.ok(Math.max(...relative) <= 2 ** -8, name);
  }
});

test('float16 widens exactly: zero, subnormal, normal, greatest, infinite', (t) => {
  const path = join(tempDir(t), 'model.safetensors');
  const data = Uint16Array.of(0x0000, 0x0001, 0x3c00, 0xc248, 0x7bff, 0xfc00);
  writeSafetensors(path, { half: { dtype: 'float16', dims: [6], data } });
  const half = readTensor(openCheckpoint(join(path, '..')).tensors.get('half')!);
  assert.deepEqual([...half.data], [0, 2 ** -24, 1, -3.140625, 65504, Number.NEGATIVE_INFINITY]);
});

test('a checkpoint in shards reads as the same tensors as one file', (t) => {
  const whole = readAll(openCheckpoint(MODEL));
  assert.deepEqual(readAll(openCheckpoint(shard(tempDir(t), whole))), whole);
});

test('what is written is read back, and equal input gives equal bytes', (t) => {
  const dir = tempDir(t);
  const tensors = {
    second: float32([1.5, -2, 3e-9], [3]),
    first: int64([7, 2 ** 40], [2, 1]),
    scalar: float32([4], []),
  };
  const write = (name: string) => {
    writeSafetensors(join(dir, name), tensors, { made_by: 'a test' });
    return readFileSync(join(dir, name));
  };
  const bytes = write('model.safetensors');
  assert.deepEqual(bytes, write('again.safetensors'));
  assert.deepEqual(readdirSync(dir), ['again.safetensors', 'model.safetensors']);
  assert.equal(bytes.readBigUInt64LE() % 8n, 0n);
  const { tensors: slices } = openCheckpoint(dir);
  assert.deepEqual([...slices.keys()], ['second', 'first', 'scalar']);
  assert.deepEqual(readTensor(slices.get('second')!), tensors.second);
  assert.deepEqual(slices.get('first')!.dims, [2, 1]);
  assert.throws(() => readTensor(slices.get('first')!), /int64 is not a floating type/);
});

test('slices name the real file behind a link, as the hub lays its cache out', (t) => {
  const dir = tempDir(t);
  symlinkSync(realpathSync(join(MODEL, 'model.safetensors')), join(dir, 'model.safetensors'));
  const slice = openCheckpoint(dir).tensors.get(EMBEDDING)!;
  assert.equal(slice.file, realpathSync(join(MODEL, 'model.safetensors')));
});

test('weights that are not finite are refused by name, in every width', (t) => {
  const dir = tempDir(t);
  const half = (bits: number[]) => ({ dims: [3], data: Uint16Array.from(bits) });
  writeSafetensors(join(dir, 'model.safetensors'), {
    float32: float32([1, Number.NaN, 2], [3]),
    infinite: float32([1, -Number.POSITIVE_INFINITY, 2], [3]),
    bfloat16: { dtype: 'bfloat16', ...half([0x3f80, 0x7fc0, 0x7f7f]) },
    float16: { dtype: 'float16', ...half([0x3c00, 0x7e00, 0x7bff]) },
    float64: { dtype: 'float64', dims: [2], data: Float64Array.of(1, Number.NaN) },
    beyond32: { dtype: 'float64', dims: [2], data: Float64Array.of(3.4e38, 1e39) },
    // The largest of each width is finite; so is every integer.
    good: float32([3.4e38, -3.4e38, 0], [3]),
    good16: { dtype: 'float16', ...half([0x7bff, 0xfbff, 0]) },
    whole: int64([-1, 2 ** 40], [2]),
  });
  for (const [name, slice] of openCheckpoint(dir).tensors) {
    const check = () => assertFiniteWeights(name, slice);
    if (/^(good|whole)/.test(name)) check();
    else assert.throws(check, new RegExp(`model.safetensors: ${name}: value 1 is not finite: `));
  }
});

test('a value that is not finite is found at every place of its word', (t) => {
  const dir = tempDir(t);
  for (const length of [4, 5])
    for (let at = 0; at < length; at++) {
      const data = new Uint16Array(length).fill(0x3f80);
      data[at] = 0xff80;
      const one = { dtype: 'bfloat16', dims: [length], data } as const;
      writeSafetensors(join(dir, 'model.safetensors'), { one });
      const slice = openCheckpoint(dir).tensors.get('one')!;
      assert.throws(() => assertFiniteWeights('one', slice), new RegExp(`value ${at} is not`));
    }
});

test('a tensor whose parts do not make up its shape leaves no file', (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'model.safetensors');
  const short = { name: 'short', dtype: 'float32', dims: [3], parts: () => [new Uint8Array(8)] };
  assert.throws(
    () => streamSafetensors(path, [short as TensorSource]),
    /tensor short of shape \[3\] needs 12 bytes, got 8/,
  );
  assert.deepEqual(readdirSync(dir), []);
});

test('a widened checkpoint holds the same values as float32', (t) => {
  const dir = tempDir(t);
  const bits = Uint16Array.from([0x3f80, 0xc000, 0x7f7f, 0x0001]);
  writeSafetensors(join(dir, 'model.safetensors'), {
    wide: float32([1.5, -2], [2]),
    narrow: { dtype: 'bfloat16', dims: [2, 2], data: bits },
  });
  const narrow = openCheckpoint(dir);
  mkdirSync(join(dir, 'wide'));
  widenCheckpoint(narrow, join(dir, 'wide/model.safetensors'));
  const { tensors } = openCheckpoint(join(dir, 'wide'));
  assert.deepEqual([...tensors.keys()], ['wide', 'narrow']);
  for (const [name, slice] of tensors) {
    assert.equal(slice.dtype, 'float32');
    assert.deepEqual(readTensor(slice), readTensor(narrow.tensors.get(name)!));
  }
});

/** Each breaks a good folder in one way. */
const malformed: Record<string, { break: (dir: string) => void; error: RegExp }> = {
  'no file at all': {
    break: () => {},
    error: /^Error: missing model file: .*model\.safetensors: fetch or train/,
  },
  'an empty file': {
    break: (dir) => writeFileSync(join(dir, 'model.safetensors'), ''),
    error: /model\.safetensors: truncated: 0 bytes/,
  },
  'a file cut within its header': {
    break: (dir) => cut(dir, 1000),
    error: /model\.safetensors: truncated: header ends at byte \d+ of 1000/,
  },
  'a file cut within its data': {
    break: (dir) => cut(dir, -1),
    error: /model\.safetensors: truncated: model\.norm\.weight ends at byte \d+ of \d+/,
  },
  'a web page in place of the file': {
    break: (dir) => writeFileSync(join(dir, 'model.safetensors'), '<!doctype html>'.repeat(9)),
    error: /truncated: header ends at byte/,
  },
  'a header that is not JSON': {
    break: (dir) => header(dir, '{"a": '),
    error: /model\.safetensors: not JSON/,
  },
  'a shape that does not fit its bytes': {
    break: (dir) => header(dir, '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}'),
    error: /a of shape \[3\] needs 12 bytes, has 8/,
  },
  'an element type without a counterpart': {
    break: (dir) => header(dir, '{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}'),
    error: /a has the type F8_E4M3: convert it/,
  },
  'an entry with a field that is not known': {
    break: (dir) => header(dir, '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"scale":2}}'),
    error: /model\.safetensors: a: unknown field "scale": fetch/,
  },
  'an entry that is nothing': {
    break: (dir) => header(dir, '{"a":null}'),
    error: /model\.safetensors: a: null, where an object is expected: fetch/,
  },
  'a type by the name of JavaScript’s own': {
    break: (dir) => header(dir, '{"a":{"dtype":"__proto__","shape":[2],"data_offsets":[0,8]}}'),
    error: /a has the type __proto__: convert it/,
  },
  'a name twice': {
    break: (dir) => {
      const a = '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';
      header(dir, `{${a},${a}}`);
    },
    error: /model\.safetensors: the key "a" stands twice: fetch/,
  },
  'a header that is a list': {
    break: (dir) => header(dir, '[]'),
    error: /model\.safetensors: a list, where an object is expected: fetch/,
  },
  'a header that is not UTF-8': {
    break: (dir) => header(dir, Buffer.of(0x22, 0xff, 0x22)),
    error: /model\.safetensors: not UTF-8: /,
  },
  'a shape that is larger than any number': {
    break: (dir) =>
      header(dir, '{"a":{"dtype":"F32","shape":[9e15,9e15,9e300],"data_offsets":[0,8]}}'),
    error: /model\.safetensors: a has no shape and data_offsets: fetch/,
  },
  'a shape whose size is larger than any integer': {
    break: (dir) => header(dir, '{"a":{"dtype":"F32","shape":[9e15,9e15],"data_offsets":[0,8]}}'),
    error:
      /model\.safetensors: a of shape \[9000000000000000,9000000000000000\] needs 3\.24e\+32 b/,
  },
  'offsets in reverse': {
    break: (dir) => header(dir, '{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}'),
    error: /model\.safetensors: a of shape \[2\] needs 8 bytes, has -8: fetch/,
  },
  'a negative size': {
    break: (dir) => header(dir, '{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}'),
    error: /model\.safetensors: a has no shape and data_offsets: fetch/,
  },
  'a name of two lines': {
    break: (dir) => header(dir, '{"a\\nb":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}}'),
    error: /model\.safetensors: a\\u000ab has the type F8: convert it/,
  },
  'a folder in place of the file': {
    break: (dir) => mkdirSync(join(dir, 'model.safetensors')),
    error: /model\.safetensors: a folder, where a file is expected: fetch/,
  },
  'an entry without offsets': {
    break: (dir) => header(dir, '{"a":{"dtype":"F32","shape":[2]}}'),
    error: /a has no shape and data_offsets/,
  },
  'an index that is not JSON': {
    break: (dir) => index(dir, '{'),
    error: /index\.json: not JSON/,
  },
  'an index without a map': {
    break: (dir) => index(dir, '{}'),
    error: /index\.json: no weight_map/,
  },
  'an index with a tensor twice': {
    break: (dir) => index(dir, '{"weight_map":{"a":"x","a":"y"}}'),
    error: /index\.json: the key "a" stands twice: fetch/,
  },
  'an index whose map is a list': {
    break: (dir) => index(dir, '{"weight_map":["a"]}'),
    error: /index\.json: no weight_map: fetch/,
  },
  'a tensor of a shard that the index leaves out': {
    break: (dir) => {
      copyFileSync(join(MODEL, 'model.safetensors'), join(dir, 'one.safetensors'));
      index(dir, `{"weight_map":{"${EMBEDDING}":"one.safetensors"}}`);
    },
    error: /one\.safetensors: model\.\S+ is not in \S+index\.json: fetch/,
  },
  'an index naming an absent shard': {
    break: (dir) => index(dir, '{"weight_map":{"a":"model-00001-of-00002.safetensors"}}'),
    error: /missing model file: .*model-00001-of-00002\.safetensors \(holds a\)/,
  },
  'an index that leaves its folder': {
    break: (dir) => {
      mkdirSync(join(dir, 'sub'));
      copyFileSync(join(MODEL, 'model.safetensors'), join(dir, 'sub/one.safetensors'));
      index(dir, `{"weight_map":{"${EMBEDDING}":"sub/one.safetensors"}}`);
    },
    error: /missing model file: .*sub\/one\.safetensors/,
  },
  'an index naming an absent tensor': {
    break: (dir) => {
      copyFileSync(join(MODEL, 'model.safetensors'), join(dir, 'one.safetensors'));
      index(dir, '{"weight_map":{"lm_head.weight":"one.safetensors"}}');
    },
    error: /one\.safetensors: no tensor lm_head\.weight/,
  },
};

for (const [name, { break: damage, error }] of Object.entries(malformed))
  test(`refused in one line: ${name}`, (t) => {
    const dir = tempDir(t);
    damage(dir);
    assert.throws(
      () => openCheckpoint(dir),
      (thrown: Error) => {
        assert.match(String(thrown), error);
        assert.doesNotMatch(thrown.message, /\n/);
        return true;
      },
    );
  });

function cut(dir: string, end: number): void {
  const whole = readFileSync(join(MODEL, 'model.safetensors'));
  writeFileSync(join(dir, 'model.safetensors'), whole.subarray(0, end));
}

function header(dir: string, json: string | Buffer): void {
  const length = Buffer.alloc(8);
  length.writeUInt32LE(json.length);
  const data = Buffer.alloc(8);
  writeFileSync(join(dir, 'model.safetensors'), Buffer.concat([length, Buffer.from(json), data]));
}

function index(dir: string, json: string): void {
  writeFileSync(join(dir, 'model.safetensors.index.json'), json);
}

/** Split a model over three files, tensors dealt in turn. */
function shard(dir: string, tensors: Readonly<Record<string, Tensor>>): string {
  const names = Object.keys(tensors);
  const file = (i: number) => `model-0000${(i % 3) + 1}-of-00003.safetensors`;
  for (const i of [0, 1, 2]) {
    const mine = names.filter((_, at) => at % 3 === i).map((name) => [name, tensors[name]!]);
    writeSafetensors(join(dir, file(i)), Object.fromEntries(mine));
  }
  const map = Object.fromEntries(names.map((name, i) => [name, file(i)]));
  index(dir, JSON.stringify({ metadata: {}, weight_map: map }));
  return dir;
}

suite('every byte belongs to one tensor', () => {
  const file = (dir: string, offsets: Record<string, [number, number]>, bytes = 16): string => {
    const entries = Object.entries(offsets).map(([name, data_offsets]) => {
      const shape = [(data_offsets[1] - data_offsets[0]) / 4];
      return [name, { dtype: 'F32', shape, data_offsets }];
    });
    const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const path = join(dir, 'model.safetensors');
    writeFileSync(path, Buffer.concat([length, header, Buffer.alloc(bytes)]));
    return path;
  };

  test('in any order, and of no length', (t) => {
    const path = file(tempDir(t), { b: [8, 16], a: [0, 8], none: [8, 8] });
    assert.equal(openSafetensors(path).size, 3);
  });

  for (const [what, offsets, message] of [
    ['two names of one place', { a: [0, 16], b: [0, 16] }, /b overlaps a/],
    ['a part of another', { a: [0, 16], b: [4, 8] }, /b overlaps a/],
    ['a hole', { a: [0, 4], b: [8, 16] }, /unused bytes between a and b/],
    ['a hole at the start', { a: [4, 16] }, /unused bytes between the header and a/],
    ['bytes at the end', { a: [0, 12] }, /unused bytes after a/],
  ] as const)
    test(what, (t) => {
      const path = file(tempDir(t), offsets as unknown as Record<string, [number, number]>);
      const line = new RegExp(`model\\.safetensors: ${message.source}: fetch or train`);
      assert.throws(() => openSafetensors(path), line);
    });
});
