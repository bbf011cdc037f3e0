import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCheckpoint } from '../../../pipeline/sources/formats/safetensors.ts';
import { tempDir } from '../../temp.ts';
import { EMBEDDING, MODEL, writeIndex } from './golden-checkpoint.ts';

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
  'a text about the file that is a number': {
    break: (dir) => header(dir, '{"__metadata__":{"format":3}}'),
    error: /model\.safetensors: __metadata__: format is 3, expected a text: fetch/,
  },
  'what is about the file as a list': {
    break: (dir) => header(dir, '{"__metadata__":[]}'),
    error: /model\.safetensors: __metadata__: a list, where an object is expected: fetch/,
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
    break: (dir) => writeIndex(dir, '{'),
    error: /index\.json: not JSON/,
  },
  'an index without a map': {
    break: (dir) => writeIndex(dir, '{}'),
    error: /index\.json: no weight_map/,
  },
  'an index with a tensor twice': {
    break: (dir) => writeIndex(dir, '{"weight_map":{"a":"x","a":"y"}}'),
    error: /index\.json: the key "a" stands twice: fetch/,
  },
  'an index whose map is a list': {
    break: (dir) => writeIndex(dir, '{"weight_map":["a"]}'),
    error: /index\.json: no weight_map: fetch/,
  },
  'a tensor of a shard that the index leaves out': {
    break: (dir) => {
      copyFileSync(join(MODEL, 'model.safetensors'), join(dir, 'one.safetensors'));
      writeIndex(dir, `{"weight_map":{"${EMBEDDING}":"one.safetensors"}}`);
    },
    error: /one\.safetensors: model\.\S+ is not in \S+index\.json: fetch/,
  },
  'an index naming an absent shard': {
    break: (dir) => writeIndex(dir, '{"weight_map":{"a":"model-00001-of-00002.safetensors"}}'),
    error: /missing model file: .*model-00001-of-00002\.safetensors \(holds a\)/,
  },
  'an index that leaves its folder': {
    break: (dir) => {
      mkdirSync(join(dir, 'sub'));
      copyFileSync(join(MODEL, 'model.safetensors'), join(dir, 'sub/one.safetensors'));
      writeIndex(dir, `{"weight_map":{"${EMBEDDING}":"sub/one.safetensors"}}`);
    },
    error: /missing model file: .*sub\/one\.safetensors/,
  },
  'an index naming an absent tensor': {
    break: (dir) => {
      copyFileSync(join(MODEL, 'model.safetensors'), join(dir, 'one.safetensors'));
      writeIndex(dir, '{"weight_map":{"lm_head.weight":"one.safetensors"}}');
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
