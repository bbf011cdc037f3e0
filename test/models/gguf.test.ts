import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  assertClose,
  GOLDEN_DIR,
  type Golden,
  loadGolden,
  type Manifest,
  numbers,
  tolerance,
} from '../golden.ts';
import { tempDir } from '../temp.ts';

const dir = join(GOLDEN_DIR, 'gguf');
const manifest: Manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
const golden: Golden = { name: 'gguf', dir, manifest };

/** Logits that another implementation computed from the dequantised weights, by file and array. */
const LOGITS = Object.entries(manifest.files).flatMap(([file, arrays]) =>
  Object.keys(arrays)
    .filter((array) => array.startsWith('logits_'))
    .map((array) => ({ file, array })),
);

for (const { file, array } of LOGITS) {
  const path = join(dir, file.replace(/_gguf\.npz$/, `_${array.replace('logits_', '')}.gguf`));
  const skip = !existsSync(path) && `no ${path}`;
  test(`${basename(path)} gives the reference's logits`, { skip }, async (t) => {
    const model = openUnpacked(t, path);
    if (!model) return;
    const npz = await loadGolden(golden, file);
    const mask = npz.get('attention_mask');
    const actual = await logitsOf(model, npz.get('input_ids'), mask);
    const where = { mask, from: 0 };
    assertClose(actual, npz.get(array), tolerance(golden, file, array), array, where);
  });
}

/** Null, and the test is skipped, where the architecture has no record yet. */
function openUnpacked(t: TestContext, path: string): Model | null {
  const { dir } = unpackGguf(path, tempDir(t), () => {});
  try {
    return loadModel(dir);
  } catch (error) {
    const { message } = error as Error;
    assert.match(message, /model_type \w+ is not supported/);
    t.skip(message);
    return null;
  }
}

/** [batch, pos, d_vocab]. Padding stands on the left in the references, as it does here. */
async function logitsOf(model: Model, ids: Tensor, mask: Tensor): Promise<Tensor> {
  const [rows, length] = ids.dims as [number, number];
  const real = numbers(mask.data);
  const sequences = Array.from({ length: rows }, (_, row) =>
    numbers(ids.data)
      .slice(row * length, (row + 1) * length)
      .filter((_, pos) => real[row * length + pos] === 1),
  );
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  graph.output('logits', model.unembed(weights, resid).logits);
  const session = await openSession(graph, { provider: 'cpu' });
  const { logits } = await session.run(padLeft(sequences).feeds);
  await session.release();
  return float32(logits!.data as Float32Array, logits!.dims);
}
