import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import { measureMetric } from '../../pipeline/interp/measured-metric.ts';
import { logitDiffAt, placeFeeds } from '../../pipeline/interp/patching/logit-diff-at.ts';
import {
  type PatchReading,
  type PatchRow,
  patchResiduals,
} from '../../pipeline/interp/patching/patch-residuals.ts';
import { readPairs } from '../../pipeline/interp/patching/read-pairs.ts';
import { outputHooks, swapLayerOutputs } from '../../pipeline/interp/patching/swap-outputs.ts';
import { steeringHook } from '../../pipeline/interp/steering.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { floats } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { forwardFiles, goldenModels, loadGolden, numbers } from '../golden.ts';
import { goldenSequences } from '../golden-sae.ts';
import { cpuReader } from '../reader.ts';

/**
 * Where the source has another token than a base of so many: at position 3, or, where every layer slides, so late that
 * the last but one position still attends to it.
 */
function swappedAt({ windows }: Model, length: number): number {
  const { global, sliding } = windows;
  const window = global === undefined ? sliding : global;
  return Math.max(3, length - 1 - (window ?? length));
}

const range = (from: number, end: number): number[] =>
  Array.from({ length: end - from }, (_, i) => from + i);

const near = (found: number, expected: number, what: string, tol = 2e-4): void =>
  assert.ok(Math.abs(found - expected) < tol, `${what}: ${found}, expected ${expected}`);

for (const golden of goldenModels())
  for (const file of forwardFiles(golden).filter((name) => /padded/.test(name)))
    suite(`activation patching: ${golden.name}, ${file}`, async () => {
      const npz = await loadGolden(golden, file);
      const pair = numbers(npz.get('metric_ids').data) as [number, number];
      const reader = cpuReader(loadModel(join(golden.dir, 'model')), { batchSize: 3 });
      const { nLayers, dModel } = reader.model.dims;
      const layers = range(0, nLayers);
      const pairs = goldenSequences(npz).map(({ ids }) => {
        const swap = swappedAt(reader.model, ids.length);
        return {
          ids,
          swap,
          sourceIds: ids.with(swap, ids[swap] === pair[0] ? pair[1] : pair[0]),
          metricPositions: [ids.length - 4, ids.length - 2],
        };
      });
      const end = ({ metricPositions }: (typeof pairs)[number]) => metricPositions.at(-1)! + 1;
      const patch = (placesOf: (pair: (typeof pairs)[number]) => number[][]): Promise<PatchRow[]> =>
        patchResiduals(
          reader,
          pairs.map((each): PatchReading => ({ ...each, places: placesOf(each) })),
          { pair, layers },
        );

      test('every position after the last layer gives the source’s metric exactly, none before the swap changes it', async () => {
        const rows = await patch((each) => [range(0, end(each)), range(0, each.swap)]);
        for (const { base, source, patches } of rows) {
          assert.equal(patches.length, 2 * nLayers);
          assert.ok(Math.abs(base[1]! - source[1]!) > 1e-3, 'the swap changes the metric');
          for (const { layer, place, patched, estimate } of patches)
            if (place === 0) {
              if (layer === nLayers - 1) assert.deepEqual(patched, source);
              else for (const i of [0, 1]) near(patched[i]!, source[i]!, `all after ${layer}`);
            } else {
              for (const i of [0, 1]) near(patched[i]!, base[i]!, `nothing after ${layer}`, 1e-5);
              near(estimate, 0, `no estimate after ${layer}`, 1e-5);
            }
        }
      });

      test('parts that cover everything from the swap on make the whole effect; each alone is that of an edit of the whole model', async () => {
        const places = (each: (typeof pairs)[number]) => [
          range(each.swap, end(each)),
          [each.swap],
          range(each.swap + 1, each.swap + 3),
        ];
        const rows = await patch(places);
        const hooks = layers.map(steeringHook);
        const kept = await readPairs(reader, pairs, { hooks, pair, keepValues: true });
        for (const layer of [0, Math.floor(nLayers / 2)]) {
          const hook = hooks[layer]!;
          const measured = async (place: number, step: number): Promise<number[]> =>
            measureMetric(
              reader,
              hook,
              pairs.map((each, i) => {
                const { base, source } = kept[i]!.values[layer]!;
                const additions = places(each)[place]!.map((pos) => ({
                  pos,
                  delta: Float32Array.from(
                    { length: dModel },
                    (_, j) => step * (source[pos * dModel + j]! - base[pos * dModel + j]!),
                  ),
                }));
                return { ...each, pair, metricPos: each.metricPositions.at(-1)!, additions };
              }),
            );
          for (const place of [1, 2]) {
            const whole = await measured(place, 1);
            const [ahead, behind] = [await measured(place, 1e-2), await measured(place, -1e-2)];
            rows.forEach(({ source, patches }, i) => {
              const of = (p: number) => patches.find((x) => x.layer === layer && x.place === p)!;
              near(of(0).patched[1]!, source[1]!, `everything after ${layer}`);
              near(of(place).patched[1]!, whole[i]!, `part ${place} after ${layer}`);
              const slope = (ahead[i]! - behind[i]!) / 2e-2;
              near(
                of(place).estimate,
                slope,
                `estimate of ${place} after ${layer}`,
                0.01 * (1 + Math.abs(slope)),
              );
            });
          }
        }
      });

      test('a patch after a metric position leaves the metric there as it is', async () => {
        const rows = await patch((each) => [[end(each) - 2], [each.swap]]);
        for (const { base, patches } of rows) {
          assert.deepEqual(
            patches.map(({ layer, place }) => [layer, place]),
            layers.flatMap((layer) => [0, 1].map((place) => [layer, place])),
          );
          for (const { place, patched } of patches) {
            assert.equal(patched.length, 2);
            if (place === 0) assert.equal(patched[0], base[0]);
          }
        }
      });

      test('the outputs of all layers give the source’s metric, of none the base’s, of some that of a model fed with them', async () => {
        const some = [0, nLayers - 1];
        const sets = [[], layers, some, [1], ...layers.map((layer) => [layer])];
        const rows = await swapLayerOutputs(reader, pairs, sets, { pair });
        const read = await readPairs(reader, pairs, { hooks: [], pair });
        const fed = await metricsFedWith(some);
        rows.forEach(({ source, metrics }, i) => {
          assert.equal(metrics.length, sets.length);
          near(source, read[i]!.source[1]!, 'the source');
          near(metrics[0]!, read[i]!.base[1]!, 'no layer');
          near(metrics[1]!, source, 'every layer');
          near(metrics[2]!, fed[i]!, 'two layers');
          assert.equal(metrics[3], metrics[5]); // the same set, in another batch
        });
      });

      /** The metric of each base, in a graph of its own that is fed with the source's outputs of some layers. */
      async function metricsFedWith(set: readonly number[]): Promise<number[]> {
        const hooks = set.flatMap(outputHooks);
        const plain = new Graph();
        forward(reader.model, plain);
        for (const hook of hooks) plain.output(hook, plain.find(hook));
        const graph = new Graph();
        const edit = (hook: string, value: Value) =>
          hooks.includes(hook) ? graph.input(`fed ${hook}`, 'float32', value.shape) : value;
        const whole = forward(reader.model, graph, { edit });
        graph.output('metric', logitDiffAt(reader.model, graph, whole));
        await using sources = await openSession(plain, reader);
        await using session = await openSession(graph, reader);
        const metrics: number[] = [];
        for (const { ids, sourceIds, metricPositions } of pairs) {
          const values = await sources.run(padLeft([sourceIds]).feeds);
          const batch = padLeft([ids]);
          const outputs = await session.run({
            ...batch.feeds,
            ...placeFeeds([metricPositions.slice(-1)], batch, pair),
            ...Object.fromEntries(hooks.map((hook) => [`fed ${hook}`, values[hook]!])),
          });
          metrics.push(floats(outputs, 'metric')[0]!);
        }
        return metrics;
      }

      test('pairs of two lengths, or without a metric, are refused', async () => {
        const options = { hooks: [steeringHook(0)], pair };
        const [first] = pairs;
        await assert.rejects(
          readPairs(reader, [{ ...first!, sourceIds: [1] }], options),
          /^Error: a base of \d+ tokens and a source of 1: give sequences of one length$/,
        );
        await assert.rejects(
          readPairs(reader, [{ ...first!, metricPositions: [] }], options),
          /^Error: a pair has no metric position: give at least one$/,
        );
      });
    });
