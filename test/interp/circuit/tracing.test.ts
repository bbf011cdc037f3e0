import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mlpOutput, type Transcoders } from '../../../pipeline/interp/circuit/linear-view.ts';
import { finalHook } from '../../../pipeline/interp/circuit/sequence-values.ts';
import { decisionTarget } from '../../../pipeline/interp/circuit/target-vectors.ts';
import {
  type TracedCircuit,
  type TracingOptions,
  traceCircuits,
} from '../../../pipeline/interp/circuit/trace-circuits.ts';
import type { Reader } from '../../../pipeline/interp/reader.ts';
import type { Sae } from '../../../pipeline/sae/sae.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../../models/small-models.ts';
import { cpuReader } from '../../reader.ts';
import { tempDir } from '../../temp.ts';
import { heldModel } from './held-model.ts';
import { randomTranscoders } from './random-transcoders.ts';

const SEQUENCES = [
  [2, 17, 4, 33, 21, 9, 40],
  [2, 30, 8, 8, 11],
];
const DECISION = { end: 5, again: 9 };
const ALL: TracingOptions = { minInfluence: 0, mostInLayer: 1000, rows: 4 };

for (const [name, config] of Object.entries(SMALL))
  suite(`tracing a circuit: ${name}`, () => {
    test('influence is conserved, and effects are those of a linear run', async (t) => {
      const dir = writeSmall(tempDir(t), config, smallTensors(config));
      const reader = cpuReader(loadModel(dir));
      const sequences = SEQUENCES.map((ids) => ({
        ids,
        targets: (logits: Float32Array) => [decisionTarget(logits, DECISION)],
      }));
      const { circuits, transcoders } = await traceCircuits(
        reader,
        randomTranscoders(reader.model.dims),
        sequences,
        ALL,
      );
      for (const circuit of circuits) {
        const { tracing } = circuit;
        const ends = [...tracing.influence.keys()].filter(
          (source) => tracing.sources.at(source).kind !== 'feature',
        );
        const reached = ends.reduce((sum, source) => sum + tracing.influence[source]!, 0);
        assert.ok(Math.abs(reached - 1) < 1e-5, `influence on tokens and errors: ${reached}`);
        const measure = await linearRun(reader, transcoders, circuit);
        const largest = Math.max(...tracing.effect.map(Math.abs));
        for (const source of tracing.influence.keys()) {
          const measured = await measure(source);
          const error = Math.abs(measured - tracing.effect[source]!);
          assert.ok(
            error <= 1e-4 * largest,
            `${JSON.stringify(tracing.sources.at(source))}: effect ${tracing.effect[source]}, measured ${measured}`,
          );
        }
      }
    });
  });

/**
 * What the decision's linear reading falls by when a source is taken away and the features above it follow, each by the change
 * of what its encoder reads: layer by layer, in a model whose patterns, norms and errors are held.
 */
async function linearRun(reader: Reader, transcoders: Transcoders<Sae>, circuit: TracedCircuit) {
  const { values, layers, tracing, vectors } = circuit;
  const { nLayers, dModel } = reader.model.dims;
  const last = (values.batch.length - 1) * dModel;
  const final = finalHook(nLayers);
  const hooks = [...new Set([...transcoders.flatMap((coder) => coder?.hook ?? []), final])];
  const held = await heldModel(reader, transcoders, values, hooks);
  /** Change a feature's activation in its layer's output. */
  const change = (
    output: Float32Array,
    { layer, index, by }: { layer: number; index: number; by: number },
  ) => {
    const { positions, features } = layers[layer]!;
    const row = features[index]! * dModel;
    const { data } = transcoders[layer]!.params.W_dec;
    for (let i = 0; i < dModel; i++) output[positions[index]! * dModel + i]! += by * data[row + i]!;
  };
  return async (source: number): Promise<number> => {
    const { kind, layer, pos, index } = tracing.sources.at(source);
    const embed = values.embed.slice();
    const outputs = transcoders.map((_, l) => values.hooks[mlpOutput(l)]!.slice());
    if (kind === 'embedding') embed.fill(0, pos * dModel, (pos + 1) * dModel);
    else if (kind === 'feature')
      change(outputs[layer]!, { layer, index, by: -layers[layer]!.acts[index]! });
    else
      for (let i = pos * dModel; i < (pos + 1) * dModel; i++)
        outputs[layer]![i]! -= layers[layer]!.error[i]!;
    for (let above = layer + 1; above < nLayers; above++) {
      const coder = transcoders[above];
      if (!coder) continue;
      const x = (await held({ embed, outputs }))[coder.hook]!;
      const { positions, features } = layers[above]!;
      features.forEach((feature, each) => {
        let by = 0;
        for (let i = 0; i < dModel; i++) {
          const at = positions[each]! * dModel + i;
          by +=
            (x[at]! - values.hooks[coder.hook]![at]!) *
            coder.params.W_enc.data[i * coder.dSae + feature]!;
        }
        change(outputs[above]!, { layer: above, index: each, by });
      });
    }
    const resid = (await held({ embed, outputs }))[final]!;
    return vectors[0]!.reduce(
      (sum, w, i) => sum + w * (values.hooks[final]![last + i]! - resid[last + i]!),
      0,
    );
  };
}
