import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph, type Value } from '../../../pipeline/graph/builder.ts';
import { add, mul, sub } from '../../../pipeline/graph/ops.ts';
import { float32 } from '../../../pipeline/graph/tensor.ts';
import { mlpOutput } from '../../../pipeline/interp/circuit/linear-view.ts';
import { replacedLosses } from '../../../pipeline/interp/circuit/replaced-mlps.ts';
import { softmax } from '../../../pipeline/interp/circuit/target-vectors.ts';
import { forward } from '../../../pipeline/models/forward.ts';
import { padLeft } from '../../../pipeline/runtime/batch.ts';
import { floats } from '../../../pipeline/runtime/outputs.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import { type encode, sparseActivation } from '../../../pipeline/sae/jump-relu.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../../models/small-models.ts';
import { cpuReader } from '../../reader.ts';
import { tempDir } from '../../temp.ts';
import { randomTranscoders } from './random-transcoders.ts';

const SEQUENCES = [
  [2, 17, 4, 33, 21, 9, 40],
  [2, 30, 8, 8, 11],
];

for (const [name, config] of Object.entries(SMALL))
  suite(`all MLPs replaced: ${name}`, () => {
    test('the losses are those of models with these outputs, the first position apart', async (t) => {
      const dir = writeSmall(tempDir(t), config, smallTensors(config));
      const reader = cpuReader(loadModel(dir));
      const { dModel, dVocab } = reader.model.dims;
      const transcoders = randomTranscoders(reader.model.dims);
      const means = transcoders.map(
        (coder, layer) =>
          coder && Float32Array.from({ length: dModel }, (_, i) => (i - layer) / 10),
      );
      const progress: number[] = [];
      const losses = await replacedLosses(
        reader,
        transcoders,
        SEQUENCES.map((ids) => ({ ids })),
        { means, onProgress: (done) => void progress.push(done) },
      );
      assert.equal(progress.at(-1), SEQUENCES.length);
      const instead = {
        clean: (value: Value) => value,
        zero: (value: Value) => sub(value, value),
        mean: (value: Value, layer: number) =>
          add(sub(value, value), value.graph.constant(float32(means[layer]!, [dModel]))),
        reconstruction: (value: Value, layer: number, x: Value) => {
          const { params } = transcoders[layer]!;
          const weights = Object.fromEntries(
            Object.entries(params).map(([key, tensor]) => [key, value.graph.constant(tensor)]),
          ) as unknown as Parameters<typeof encode>[0];
          return sparseActivation(weights, x, value).reconstruction;
        },
      };
      for (const [which, make] of Object.entries(instead))
        for (const [i, ids] of SEQUENCES.entries()) {
          const graph = new Graph();
          const seen = new Map<string, Value>();
          // 1 but at the first position, which no transcoder replaces
          const mask = graph.input('mask', 'float32', ['B', 'T', 1]);
          const { weights, resid } = forward(reader.model, graph, {
            edit: (hook, value) => {
              seen.set(hook, value);
              const layer = transcoders.findIndex((_, l) => mlpOutput(l) === hook);
              const coder = transcoders[layer];
              if (!coder) return value;
              const other = make(value, layer, seen.get(coder.hook)!);
              return add(value, mul(mask, sub(other, value)));
            },
          });
          graph.output('logits', reader.model.unembed(weights, resid).logits);
          await using session = await openSession(graph, reader);
          const outputs = await session.run({
            ...padLeft([ids]).feeds,
            mask: float32(
              ids.map((_, pos) => Number(pos > 0)),
              [1, ids.length, 1],
            ),
          });
          const logits = floats(outputs, 'logits');
          const expected = ids.slice(1).map((next, pos) => {
            const p = softmax(logits.subarray(pos * dVocab, (pos + 1) * dVocab));
            return -Math.log(p[next]!);
          });
          const found = losses[i]![which as keyof typeof instead];
          assert.equal(found.length, expected.length);
          expected.forEach((loss, pos) => {
            assert.ok(
              Math.abs(found[pos]! - loss) <= 2e-4 * Math.max(1, loss),
              `${which}, sequence ${i}, position ${pos}: ${found[pos]}, expected ${loss}`,
            );
          });
        }
    });
  });
