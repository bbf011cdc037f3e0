import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isPattern, mlpOutput } from '../../../pipeline/interp/circuit/linear-view.ts';
import type { Held } from '../../../pipeline/interp/circuit/removal-graph.ts';
import { type Removal, Removals } from '../../../pipeline/interp/circuit/removals.ts';
import { decisionTarget, softmax } from '../../../pipeline/interp/circuit/target-vectors.ts';
import { traceCircuits } from '../../../pipeline/interp/circuit/trace-circuits.ts';
import { loadModel } from '../../../pipeline/subjects/load-model.ts';
import { SMALL, smallTensors, writeSmall } from '../../models/small-models.ts';
import { cpuReader } from '../../reader.ts';
import { tempDir } from '../../temp.ts';
import { type Holding, heldModel } from './held-model.ts';
import { randomTranscoders } from './random-transcoders.ts';

const IDS = [2, 17, 4, 33, 21, 9, 40];
const DECISION = { end: 5, again: 9 };
const CASES: Readonly<Record<Held, Holding>> = {
  nothing: { holds: () => false, givesOutputs: false },
  patterns: { holds: isPattern, givesOutputs: false },
  mlps: { holds: () => false, givesOutputs: true },
};

for (const [name, config] of Object.entries(SMALL))
  suite(`taking a node away: ${name}`, () => {
    for (const [held, holding] of Object.entries(CASES) as [Held, Holding][])
      test(`${held} held`, async (t) => {
        const dir = writeSmall(tempDir(t), config, smallTensors(config));
        const reader = cpuReader(loadModel(dir));
        const { nLayers, dModel } = reader.model.dims;
        const { circuits, transcoders } = await traceCircuits(
          reader,
          randomTranscoders(reader.model.dims),
          [{ ids: IDS, targets: (logits) => [decisionTarget(logits, DECISION)] }],
          { minInfluence: 1, mostInLayer: 1, rows: 4 },
        );
        const [circuit] = circuits;
        const { values, layers } = circuit!;
        const readLayer = nLayers === 2 ? 0 : 2;
        const read = {
          layer: readLayer,
          pos: 5,
          vector: Float32Array.from({ length: dModel }, (_, i) => i % 3),
        };
        const removals: Removal[] = [
          { layer: 0, pos: 4, vector: layers[0]!.error.slice(4 * dModel, 5 * dModel), read },
          { layer: 1, pos: 2, vector: layers[1]!.error.slice(2 * dModel, 3 * dModel), read },
          { layer: -1, pos: 3, vector: values.embed.slice(3 * dModel, 4 * dModel), read },
        ];
        await using measured = await Removals.open(reader, transcoders, held);
        const rows = await measured.measure(circuit!, DECISION, removals);

        const hook = transcoders[readLayer]!.hook;
        await using run = await heldModel(reader, transcoders, values, [hook], holding);
        for (const [i, { layer, pos, vector }] of removals.entries()) {
          const embed = values.embed.slice();
          const outputs = Array.from({ length: nLayers }, (_, l) =>
            holding.givesOutputs
              ? values.hooks[mlpOutput(l)]!.slice()
              : new Float32Array(embed.length),
          );
          const changed = layer < 0 ? embed : outputs[layer]!;
          for (let j = 0; j < dModel; j++) changed[pos * dModel + j]! -= vector[j]!;
          const expected = await run({ embed, outputs });
          const reading = read.vector.reduce(
            (sum, w, j) => sum + w * expected[hook]![read.pos * dModel + j]!,
            0,
          );
          if (held === 'mlps') near(rows[i]!.reading, reading, 'reading');
          const p = softmax(expected.logits!.subarray(-reader.model.dims.dVocab));
          near(rows[i]!.p.end, p[DECISION.end]!, 'p_end');
          near(rows[i]!.p.again, p[DECISION.again]!, 'p_again');
          assert.notEqual(rows[i]!.p.end, softmax(values.logits)[DECISION.end]);
        }
      });
  });

function near(a: number, b: number, what: string): void {
  assert.ok(Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b)), `${what}: ${a}, expected ${b}`);
}
