import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { nextToken } from '../../pipeline/interp/next-token.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import {
  assertClose,
  fullestRun,
  goldenModels,
  loadGolden,
  numbers,
  tolerance,
} from '../golden.ts';
import { cpuReader } from '../reader.ts';

for (const golden of goldenModels())
  test(`entropy and probabilities after every token: ${golden.name}`, async () => {
    const file = fullestRun(golden);
    const npz = await loadGolden(golden, file);
    const [rows, length] = npz.get('input_ids').dims as [number, number];
    const mask = npz.get('attention_mask');
    const ids = numbers(npz.get('input_ids').data);
    const pads = Array.from({ length: rows }, (_, row) =>
      numbers(mask.data)
        .slice(row * length, (row + 1) * length)
        .indexOf(1),
    );
    const sequences = pads.map((pad, row) => ({
      ids: ids.slice(row * length + pad, (row + 1) * length),
    }));
    const reader = cpuReader(loadModel(join(golden.dir, 'model')));
    const watch = [7, 11, reader.model.dims.dVocab - 20];
    const found = await nextToken(reader, sequences, { watch });

    const entropy = new Float32Array(rows * length);
    found.forEach((row, i) => {
      entropy.set(row.entropy, i * length + pads[i]!);
    });
    const where = { mask, from: 0 };
    const expected = npz.get('entropy');
    const tol = tolerance(golden, file, 'entropy');
    assertClose(float32(entropy, [rows, length]), expected, tol, 'entropy', where);

    const logits = npz.get('logits');
    const vocab = logits.dims[2]!;
    found.forEach(({ probs, realised }, i) => {
      for (let pos = 0; pos < sequences[i]!.ids.length; pos++) {
        const at = (i * length + pads[i]! + pos) * vocab;
        const p = softmax(numbers(logits.data.slice(at, at + vocab)));
        watch.forEach((id, j) => {
          assert.ok(Math.abs(probs[pos * watch.length + j]! - p[id]!) < 1e-4);
        });
        const next = sequences[i]!.ids[pos + 1];
        const log = next === undefined ? 0 : Math.log(p[next]!);
        assert.ok(Math.abs(realised[pos]! - log) < 2e-3, `realised at ${pos}`);
      }
    });
  });

function softmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits);
  const heat = logits.map((x) => Math.exp(x - max));
  const sum = heat.reduce((a, b) => a + b, 0);
  return heat.map((h) => h / sum);
}
