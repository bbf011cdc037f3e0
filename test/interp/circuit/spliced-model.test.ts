import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph } from '../../../pipeline/graph/builder.ts';
import { meanActivations } from '../../../pipeline/interp/circuit/mean-acts.ts';
import {
  gateFeeds,
  type LayerGate,
  splicedModel,
} from '../../../pipeline/interp/circuit/spliced-model.ts';
import { denseActs, Splices } from '../../../pipeline/interp/circuit/splices.ts';
import { decisionTarget } from '../../../pipeline/interp/circuit/target-vectors.ts';
import { traceCircuits } from '../../../pipeline/interp/circuit/trace-circuits.ts';
import { forward } from '../../../pipeline/models/forward.ts';
import type { Model } from '../../../pipeline/models/model.ts';
import { padLeft } from '../../../pipeline/runtime/batch.ts';
import { generate } from '../../../pipeline/runtime/generate.ts';
import { floats } from '../../../pipeline/runtime/outputs.ts';
import { openSession } from '../../../pipeline/runtime/session.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../../models/small-models.ts';
import { cpuReader } from '../../reader.ts';
import { tempDir } from '../../temp.ts';
import { randomTranscoders } from './random-transcoders.ts';

const IDS = [2, 17, 4, 33, 21, 9, 40];
const DECISION = { end: 5, again: 9 };

for (const [name, config] of Object.entries(SMALL))
  suite(`a spliced model: ${name}`, () => {
    test('with everything kept it is the model; with a feature removed, the model with it removed everywhere', async (t) => {
      const dir = writeSmall(tempDir(t), config, smallTensors(config));
      const reader = cpuReader(loadModel(dir));
      const transcoders = randomTranscoders(reader.model.dims);
      const means = await meanActivations(reader, transcoders, [{ ids: IDS }]);
      const removed = { layer: 0, feature: means[0]!.findIndex((mean) => mean > 0) };
      const kept = transcoders.map(
        (coder, layer): LayerGate | null =>
          coder && { keep: new Float32Array(coder.dSae).fill(1), rest: means[layer]! },
      );
      const without = structuredClone(kept);
      without[removed.layer]!.keep[removed.feature] = 0;

      const spliced = splicedModel(reader.model, transcoders, reader.uncounted);
      const logits = (model: Model, feeds = {}) => logitsOf(model, feeds);
      const plain = await logits(reader.model);
      near(await logits(spliced, gateFeeds(transcoders, kept)), plain, 'all kept');

      const {
        circuits,
        transcoders: compact,
        features,
      } = await traceCircuits(
        reader,
        transcoders,
        [{ ids: IDS, targets: (x) => [decisionTarget(x, DECISION)] }],
        { minInfluence: 1, mostInLayer: 1, rows: 1 },
      );
      await using splices = await Splices.open(reader, compact);
      const index = features[removed.layer]!.indexOf(removed.feature);
      const cells = IDS.flatMap((_, pos) =>
        pos < reader.uncounted ? [] : [{ layer: removed.layer, pos, feature: index }],
      );
      const rest = compact.map(
        (coder, layer) => coder && { acts: meanBlock(features[layer]!, means[layer]!) },
      );
      const [expected] = await splices.measure({ ids: IDS }, DECISION, rest, [
        { cells, are: 'removed', errors: 'own' },
      ]);
      const changed = await logits(spliced, gateFeeds(transcoders, without));
      near([changed[DECISION.end]! - changed[DECISION.again]!], [expected!], 'one removed');
      assert.ok(Math.abs(expected! - (plain[DECISION.end]! - plain[DECISION.again]!)) > 1e-3);
      assert.ok(denseActs(circuits[0]!.layers[0]!, compact[0]!.dSae).some((act) => act > 0));
    });

    test('it writes what the model writes with everything kept, and something else without', async (t) => {
      const dir = writeSmall(tempDir(t), config, smallTensors(config));
      const reader = cpuReader(loadModel(dir));
      const transcoders = randomTranscoders(reader.model.dims);
      const gate = (keep: 0 | 1) =>
        transcoders.map(
          (coder): LayerGate | null =>
            coder && {
              keep: new Float32Array(coder.dSae).fill(keep),
              rest: new Float32Array(coder.dSae),
            },
        );
      const write = (model: Model, feeds = {}) =>
        generate(
          model,
          [0, 1, 2].map((i) => ({ key: `${i}`, prompt: IDS.slice(0, 3 + i) })),
          {
            provider: 'cpu',
            seed: 1,
            temperature: 1,
            topP: 0.9,
            maxNewTokens: 12,
            stopIds: [0],
            batchSize: 2,
            feeds,
          },
        );
      const spliced = splicedModel(reader.model, transcoders, reader.uncounted);
      const plain = await write(reader.model);
      assert.deepEqual(await write(spliced, gateFeeds(transcoders, gate(1))), plain);
      assert.notDeepEqual(await write(spliced, gateFeeds(transcoders, gate(0))), plain);
    });
  });

async function logitsOf(model: Model, feeds: object): Promise<number[]> {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  graph.output('logits', model.unembed(weights, resid).logits);
  await using session = await openSession(graph, { provider: 'cpu' });
  const outputs = await session.run({ ...padLeft([IDS]).feeds, ...feeds });
  return [...floats(outputs, 'logits').subarray(-model.dims.dVocab)];
}

/** [T, features]: the means of some features at every position. */
function meanBlock(features: Int32Array, means: Float32Array): Float32Array {
  const row = Array.from(features, (feature) => means[feature]!);
  return Float32Array.from(IDS.flatMap(() => row));
}

function near(a: readonly number[], b: readonly number[], what: string): void {
  const size = Math.max(1, ...b.map(Math.abs));
  const worst = Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  assert.ok(worst <= 2e-4 * size, `${what}: ${worst} of ${size}`);
}
