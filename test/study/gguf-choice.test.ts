import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ModelStudy } from '../../pipeline/study/study.ts';
import { parseWith } from './miniature-study.ts';

const PLACES = [
  { path: '.cache/weights/m.Q4_1.gguf' },
  { hub: 'owner/m-GGUF', revision: 'main', file: 'm.Q4_1.gguf' },
];
const gguf = (change: object = {}) => ({
  model: { gguf: { sha256: 'a'.repeat(64), places: PLACES, ...change } },
});

test('a model may be a GGUF file, with its SHA-256 and the places that may have it', () => {
  const { model } = parseWith(gguf()) as ModelStudy;
  assert.deepEqual(model, gguf().model);
});

suite('a GGUF file that is not determined is refused', () => {
  const [local, remote] = PLACES;
  const cases: [object, string][] = [
    [
      { model: { ...gguf().model, dir: 'x' } },
      `model: expected one of dir, hub with revision, gguf, received ${JSON.stringify({ dir: 'x', ...gguf().model })}`,
    ],
    [{ model: {} }, 'model: expected one of dir, hub with revision, gguf, received {}'],
    [gguf({ sha256: 'b179' }), 'model.gguf.sha256: expected 64 hex digits, received "b179"'],
    [gguf({ sha256: undefined }), 'model.gguf.sha256: expected string, received nothing'],
    [gguf({ places: [] }), 'model.gguf.places: expected list with length ≥ 1, received []'],
    [gguf({ size: 9 }), 'model.gguf.size: expected no such key, received 9'],
    [
      gguf({ places: [{ ...remote, file: 'm.safetensors' }] }),
      'model.gguf.places.0.file: expected the path of a .gguf file, without .., received "m.safetensors"',
    ],
    [
      gguf({ places: [local, { path: '../m.gguf' }] }),
      'model.gguf.places.1.path: expected the path of a .gguf file, without .., received "../m.gguf"',
    ],
    [
      gguf({ places: [{ hub: 'owner/m', file: 'm.gguf' }] }),
      'model.gguf.places.0: expected path, or hub, revision and file, received {"hub":"owner/m","file":"m.gguf"}',
    ],
    [
      gguf({ places: [{ ...local, ...remote }] }),
      `model.gguf.places.0: expected path, or hub, revision and file, received ${JSON.stringify({ ...local, ...remote })}`,
    ],
  ];
  for (const [change, complaint] of cases)
    test(complaint, () => {
      assert.throws(() => parseWith(change), { message: `x.yaml: ${complaint}` });
    });
});
