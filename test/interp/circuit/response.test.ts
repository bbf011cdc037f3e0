import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { float32 } from '../../../pipeline/graph/tensor.ts';
import {
  type ActiveLayer,
  splitGraph,
  splitLayer,
  unsplitLayer,
} from '../../../pipeline/interp/circuit/active-layer.ts';
import { mlpOutput, skipName } from '../../../pipeline/interp/circuit/linear-view.ts';
import {
  layerFeeds,
  OTHERS,
  type Reading,
  readingFeeds,
  responseGraph,
  TERMS_OF_EMBEDDING,
  termsOfLayer,
} from '../../../pipeline/interp/circuit/response-graph.ts';
import { finalHook, ValuesReader } from '../../../pipeline/interp/circuit/sequence-values.ts';
import { SaeSessions } from '../../../pipeline/interp/sae-sessions.ts';
import { floats } from '../../../pipeline/runtime/outputs.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import type { SaeParams } from '../../../pipeline/sae/sae.ts';
import { keyedRandom } from '../../../pipeline/stats/random.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../../models/small-models.ts';
import { cpuReader } from '../../reader.ts';
import { tempDir } from '../../temp.ts';
import { type Given, heldModel } from './held-model.ts';
import { randomTranscoders } from './random-transcoders.ts';

const IDS = [2, 17, 4, 33, 21, 9, 40];
const T = IDS.length;
const TOLERANCE = 1e-4;

const BIASED = { ...SMALL.llama, attention_bias: true, mlp_bias: true };

for (const [name, config] of Object.entries({ ...SMALL, 'llama with biases': BIASED }))
  suite(`the terms of a reading: ${name}`, async () => {
    test('are what the reading changes by when their sources are taken away and the rest is held', async (t) => {
      const dir = writeSmall(tempDir(t), config, smallTensors(config));
      const reader = cpuReader(loadModel(dir));
      const { nLayers, dModel } = reader.model.dims;
      const biased = [...reader.model.weights.keys()].some((name) => /attn.*bias$/.test(name));
      if (config === BIASED) assert.ok(biased);
      const transcoders = randomTranscoders(reader.model.dims);
      await using valuesReader = await ValuesReader.open(reader, transcoders);
      const sequence = await valuesReader.read({ ids: IDS });
      await using sessions = new SaeSessions(reader, splitGraph);
      const layers: ActiveLayer[] = [];
      for (const [layer, coder] of transcoders.entries())
        layers.push(
          coder
            ? await splitLayer(reader, sessions, coder, sequence)
            : unsplitLayer(layer, sequence),
        );
      assert.ok(layers.filter(({ acts }) => acts.length >= T).length >= 1, 'features are active');
      const hookOf = (target: number) =>
        target === nLayers ? finalHook(nLayers) : transcoders[target]!.hook;
      const targets = [...transcoders.keys(), nLayers].filter((l) => l !== 1);
      const hooks = targets.map(hookOf);
      await using held = await heldModel(reader, transcoders, sequence, hooks);
      const outputs = transcoders.map((_, layer) => sequence.hooks[mlpOutput(layer)]!);
      const given: Given = { embed: sequence.embed, outputs };
      const before = await held(given);
      for (const hook of hooks) assertClose(before[hook]!, sequence.hooks[hook]!, hook);

      for (const target of targets) {
        const hook = hookOf(target);
        const random = keyedRandom(1, hook);
        const readings = [T - 1, 3, T - 1].map(
          (pos): Reading => ({
            pos,
            vector: Float32Array.from({ length: dModel }, () => random() - 0.5),
          }),
        );
        const read = (value: Float32Array) =>
          readings.map(({ pos, vector }) =>
            vector.reduce((sum, w, i) => sum + w * value[pos * dModel + i]!, 0),
          );
        const clean = read(before[hook]!);
        const without = async (change: Given) =>
          read((await held(change))[hook]!).map((value, row) => clean[row]! - value);

        const parts = layers
          .slice(0, target)
          .map((layer) =>
            layerFeeds(layer, transcoders[layer.layer]?.params ?? null, reader.uncounted),
          );
        const session = await openSession(responseGraph(reader.model, transcoders, target), reader);
        t.after(() => session.release());
        const skips = transcoders.flatMap((coder, layer) =>
          coder?.params.W_skip ? [[skipName(layer), coder.params.W_skip]] : [],
        );
        const terms = await session.run({
          ...readingFeeds(readings, T),
          ...sequence.frozen,
          ...Object.fromEntries(skips),
          embed: float32(sequence.embed, [1, T, dModel]),
          ...Object.assign({}, ...parts),
        });

        const close = (measured: number[], stated: number[], what: string) => {
          measured.forEach((value, row) => {
            const error = Math.abs(value - stated[row]!);
            assert.ok(
              error <= TOLERANCE * Math.max(1, Math.abs(clean[row]!)),
              `${hook}, ${what}, reading ${row}: ${stated[row]}, measured ${value}`,
            );
          });
        };
        for (let pos = 0; pos < T; pos++) {
          const embed = sequence.embed.slice();
          embed.fill(0, pos * dModel, (pos + 1) * dModel);
          const stated = readings.map(
            (_, row) => floats(terms, TERMS_OF_EMBEDDING)[row * T + pos]!,
          );
          close(await without({ ...given, embed }), stated, `token ${pos}`);
        }
        for (const [l, active] of layers.slice(0, target).entries()) {
          const values = floats(terms, termsOfLayer(l));
          const width = values.length / (T * readings.length);
          const statedAt = (pos: number, column: number) =>
            readings.map((_, row) => values[(pos * readings.length + row) * width + column]!);
          const withoutVector = (pos: number, vector: ArrayLike<number>) => {
            const less = outputs[l]!.slice();
            for (let i = 0; i < dModel; i++) less[pos * dModel + i]! -= vector[i]!;
            return without({ ...given, outputs: outputs.with(l, less) });
          };
          for (let pos = 0; pos < T; pos++) {
            const start = active.starts[pos]!;
            for (let i = start; i < active.starts[pos + 1]!; i++) {
              const row = active.features[i]! * dModel;
              const decoder = transcoders[l]!.params.W_dec.data.subarray(row, row + dModel);
              const vector = decoder.map((w) => w * active.acts[i]!);
              const stated = statedAt(pos, OTHERS + i - start);
              close(
                await withoutVector(pos, vector),
                stated,
                `feature ${active.features[i]} of ${l}`,
              );
            }
            const error = active.error.subarray(pos * dModel, (pos + 1) * dModel);
            close(await withoutVector(pos, error), statedAt(pos, 0), `error of ${l} at ${pos}`);
            if (!transcoders[l] || pos < reader.uncounted) continue;
            const bias = transcoders[l].params.b_dec.data;
            close(await withoutVector(pos, bias), statedAt(pos, 1), `bias of ${l} at ${pos}`);
          }
        }
        const sums = readings.map((_, row) => {
          let sum = 0;
          for (let pos = 0; pos < T; pos++)
            sum += floats(terms, TERMS_OF_EMBEDDING)[row * T + pos]!;
          for (const l of layers.slice(0, target).keys()) {
            const values = floats(terms, termsOfLayer(l));
            const width = values.length / (T * readings.length);
            for (let pos = 0; pos < T; pos++)
              for (let k = 0; k < width; k++)
                sum += values[(pos * readings.length + row) * width + k]!;
          }
          return sum;
        });
        const nothing = {
          embed: sequence.embed.map(() => 0),
          outputs: layers.map((active, l) => {
            const coder = transcoders[l]?.params ?? null;
            return withoutSources(outputs[l]!, active, coder, reader.uncounted);
          }),
        };
        close(await without(nothing), sums, 'all terms');
        // What is left are the biases of attention.
        if (!biased) close(clean, sums, 'all terms without biases of attention');
      }
    });
  });

/** An MLP's output, [T, d_model], without its features, error and bias: what a skip connection adds. */
function withoutSources(
  output: Float32Array,
  { acts, features, starts, error }: ActiveLayer,
  params: SaeParams | null,
  uncounted: number,
): Float32Array {
  const dModel = output.length / T;
  const less = output.map((value, i) => value - error[i]!);
  for (let pos = 0; params && pos < T; pos++)
    for (let d = 0; d < dModel; d++) {
      const at = pos * dModel + d;
      if (pos >= uncounted) less[at]! -= params.b_dec.data[d]!;
      for (let i = starts[pos]!; i < starts[pos + 1]!; i++)
        less[at]! -= acts[i]! * params.W_dec.data[features[i]! * dModel + d]!;
    }
  return less;
}

function assertClose(a: Float32Array, b: Float32Array, what: string): void {
  const size = Math.max(...b.map(Math.abs));
  const worst = Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  assert.ok(worst <= TOLERANCE * size, `${what}: ${worst} of ${size}`);
}
