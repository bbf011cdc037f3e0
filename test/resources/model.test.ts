import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type ModelSource, modelResource } from '../../pipeline/resources/model.ts';
import { sha256 } from '../../pipeline/schema/sha256.ts';
import { SUBJECTS } from '../../pipeline/subjects/all.ts';
import { goldenGguf } from '../sources/formats/gguf/write-gguf.ts';
import { unpack } from '../sources/unpack.ts';
import { tempDir } from '../temp.ts';

test('a model of a GGUF file is known by the file; what unpacked it counts as code, which --accept-code accepts', (t) => {
  const path = goldenGguf('llama_A_q8_0.gguf');
  const folder = { id: 'llama', ...unpack(path, tempDir(t)) };
  const source: ModelSource = {
    folder,
    subject: SUBJECTS.smollm2,
    provider: 'cpu',
    cache: tempDir(t),
    withProgress: (work) => work(() => {}),
  };
  const { content, readers } = modelResource(source);
  // What writes its lists otherwise is another model to those who read them.
  assert.equal(modelResource({ ...source, products: 'float32' }).content, content);
  assert.notEqual(modelResource({ ...source, products: 'int8' }).content, content);
  assert.equal(JSON.parse(content)[0], sha256(readFileSync(path)));
  assert.ok(!content.includes(folder.dir));
  assert.ok(readers.some((file) => file.endsWith('/pipeline/sources/gguf-model.ts')));
});
