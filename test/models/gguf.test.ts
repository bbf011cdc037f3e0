import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { unpackGguf } from '../../pipeline/sources/gguf-model.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { assertClose, loadGolden, numbers, openGolden, tolerance } from '../golden.ts';
import { tempDir } from '../temp.ts';

const golden = openGolden('gguf');

/** Logits that another implementation computed from the dequantised weights, by file and array. */
const LOGITS = [
  ['llama_A', 'q8_0'],
  ['gemma3_A', 'f32'],
  ['gemma3_A', 'q8_0'],
  ['qwen2_A', 'f32'],
] as const;

for (const [name, weights] of LOGITS) {
  const path = join(golden.dir, `${name}_${weights}.gguf`);
  const skip = !existsSync(path) && `no ${path}`;
  test(`${name}_${weights}.gguf gives the reference's logits`, { skip }, async (t) => {
    const model = openUnpacked(t, path);
    if (!model) return;
    const [file, array] = [`${name}_gguf.npz`, `logits_${weights}`];
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
