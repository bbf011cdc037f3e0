import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { meanActivations } from '../../../pipeline/interp/circuit/mean-acts.ts';
import { cellOf, layerRest, Splices } from '../../../pipeline/interp/circuit/splices.ts';
import { decisionTarget } from '../../../pipeline/interp/circuit/target-vectors.ts';
import { traceCircuits } from '../../../pipeline/interp/circuit/trace-circuits.ts';
import { measureMetric } from '../../../pipeline/interp/measured-metric.ts';
import { setFeatures } from '../../../pipeline/interp/set-features.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../../models/small-models.ts';
import { cpuReader } from '../../reader.ts';
import { tempDir } from '../../temp.ts';
import { randomTranscoders } from './random-transcoders.ts';

const IDS = [2, 17, 4, 33, 21, 9, 40];
const DECISION = { end: 5, again: 9 };
/** Where every layer has a window, the last layer sees nothing before this position. */
const FIRST_SEEN = IDS.length - SMALL.mistral.sliding_window;

for (const [name, config] of Object.entries(SMALL))
  suite(`splicing a circuit: ${name}`, () => {
    test('a feature that is removed, all that are, and none', async (t) => {
      const dir = writeSmall(tempDir(t), config, smallTensors(config));
      const reader = cpuReader(loadModel(dir));
      const sequence = {
        ids: IDS,
        targets: (logits: Float32Array) => [decisionTarget(logits, DECISION)],
      };
      const { circuits, transcoders } = await traceCircuits(
        reader,
        randomTranscoders(reader.model.dims),
        [sequence],
        { minInfluence: 0, mostInLayer: 1000, rows: 8 },
      );
      const circuit = circuits[0]!;
      const { layers, tracing, values } = circuit;
      await using splices = await Splices.open(reader, transcoders);
      const zero = transcoders.map(
        (coder) => coder && { acts: new Float32Array(IDS.length * coder.dSae) },
      );
      const own = transcoders.map((coder, layer) => coder && layerRest(layers[layer]!, coder.dSae));
      const features = [...tracing.influence.keys()].filter(
        (source) => tracing.sources.at(source).kind === 'feature',
      );
      const cells = features.map((source) => cellOf(circuit, source));
      const clean = values.logits[DECISION.end]! - values.logits[DECISION.again]!;

      const [none, all, owned] = [
        await splices.measure(circuit, DECISION, zero, [
          { cells: [], are: 'removed', errors: 'own' },
        ]),
        await splices.measure(circuit, DECISION, zero, [{ cells, are: 'kept', errors: 'own' }]),
        await splices.measure(circuit, DECISION, own, [{ cells, are: 'removed', errors: 'own' }]),
      ];
      const [given] = await splices.measure(circuit, DECISION, own, [
        { cells: [], are: 'kept', errors: 'given' },
      ]);
      near(given!, clean, 'all given');
      for (const [value] of [none, all, owned]) near(value!, clean, 'unchanged');

      const seen = features.filter((source) => tracing.sources.at(source).pos >= FIRST_SEEN);
      for (const node of [seen[0]!, seen.at(-1)!]) {
        const { layer, pos, index } = tracing.sources.at(node);
        const coder = transcoders[layer]!;
        const { features: ids, acts } = layers[layer]!;
        const edit = { pos, feature: ids[index]!, featureAct: acts[index]!, value: 0 };
        const [expected] = await measureMetric(reader, coder.outputHook, [
          {
            ids: IDS,
            metricPos: IDS.length - 1,
            pair: [DECISION.end, DECISION.again],
            additions: setFeatures(reader, coder, [edit]),
          },
        ]);
        const [removed] = await splices.measure(circuit, DECISION, zero, [
          { cells: [cellOf(circuit, node)], are: 'removed', errors: 'own' },
        ]);
        near(removed!, expected!, `feature of layer ${layer} removed`);
        assert.ok(Math.abs(removed! - clean) > 1e-3);
      }

      const [withErrors, without] = await splices.measure(circuit, DECISION, zero, [
        { cells, are: 'kept', errors: 'own' },
        { cells, are: 'kept', errors: 'none' },
      ]);
      assert.ok(Math.abs(withErrors! - without!) > 1e-2, 'errors count');
    });

    test('a sequence alone gives what it gives beside others, where their features are kept', async (t) => {
      const dir = writeSmall(tempDir(t), config, smallTensors(config));
      const reader = cpuReader(loadModel(dir));
      const coders = randomTranscoders(reader.model.dims);
      const targets = (logits: Float32Array) => [decisionTarget(logits, DECISION)];
      const own = { ids: IDS, targets };
      const other = { ids: [2, 11, 30, 7, 25, 44, 3], targets };
      const sums = await Promise.all(
        [own, other].map((sequence) => meanActivations(reader, coders, [sequence])),
      );
      const keptFeatures = coders.map(
        (coder, layer) => coder && sums[0]![layer]!.map((x, i) => x + sums[1]![layer]![i]!),
      );
      const limits = { minInfluence: 0, mostInLayer: 1000, rows: 8 };
      const beside = await traceCircuits(reader, coders, [own, other], limits);
      const alone = await traceCircuits(reader, coders, [own], { ...limits, keptFeatures });
      const fewer = await traceCircuits(reader, coders, [own], limits);
      assert.deepEqual(alone.features, beside.features);
      assert.notDeepEqual(fewer.features, beside.features);
      assert.deepEqual(alone.circuits[0]!.tracing.edges, beside.circuits[0]!.tracing.edges);
    });
  });

function near(a: number, b: number, what: string): void {
  assert.ok(Math.abs(a - b) <= 2e-4 * Math.max(1, Math.abs(b)), `${what}: ${a}, expected ${b}`);
}
