import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import {
  type ResidualReading,
  steeringHook,
  steeringVectors,
} from '../../pipeline/interp/steering.ts';
import { forward } from '../../pipeline/models/forward.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';
import { cpuReader } from '../reader.ts';

const model = loadModel(MINIATURE);
const reader = cpuReader(model);
const { nLayers, dModel } = model.dims;

const promptsWith = (word: string): ResidualReading[] =>
  ['Colors', 'Types of Trees', 'Ocean'].map((topic) => {
    const message = `Provide me with a ${word} list of ${topic}.`;
    const ids = tokenizer.encode(`${tokenizer.chatPrompt(message)}-`);
    return { ids, positions: [ids.length - 1] };
  });
const [short, long] = [promptsWith('short'), promptsWith('long')];

/** [reading][layer]: the residual streams at the positions, each sequence run alone. */
async function residuals(readings: readonly ResidualReading[]): Promise<number[][][][]> {
  const graph = new Graph();
  forward(model, graph);
  const hooks = Array.from({ length: nLayers }, (_, layer) => steeringHook(layer));
  for (const hook of hooks) graph.output(hook, graph.find(hook));
  const session = await openSession(graph, { provider: 'cpu' });
  const found: number[][][][] = [];
  for (const { ids, positions } of readings) {
    const run = await session.run(padLeft([ids]).feeds);
    const at = (hook: string, pos: number) =>
      Array.from(run[hook]!.data.slice(pos * dModel, (pos + 1) * dModel), Number);
    found.push(hooks.map((hook) => positions.map((pos) => at(hook, pos))));
  }
  await session.release();
  return found;
}

const meanOf = (rows: readonly number[][]): number[] =>
  rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);

async function checkAgainstHooks(from: ResidualReading[], toward: ResidualReading[]) {
  const vectors = await steeringVectors(reader, { from, toward });
  const [away, there] = [await residuals(from), await residuals(toward)];
  assert.equal(vectors.length, nLayers);
  vectors.forEach(({ vector, differenceNorm, residualNorm }, layer) => {
    const start = away.flatMap((of) => of[layer]!);
    const [a, b] = [meanOf(start), meanOf(there.flatMap((of) => of[layer]!))];
    const difference = b.map((x, i) => x - a[i]!);
    const norm = start.reduce((sum, row) => sum + Math.hypot(...row), 0) / start.length;
    assert.equal(vector.length, dModel);
    assert.ok(Math.abs(residualNorm / norm - 1) < 1e-5);
    assert.ok(Math.abs(differenceNorm / Math.hypot(...difference) - 1) < 1e-3);
    vector.forEach((x, i) => {
      const own = (x * differenceNorm) / residualNorm;
      assert.ok(Math.abs(own - difference[i]!) < 2e-5, `layer ${layer}, ${i}`);
    });
    assert.ok(Math.abs(Math.hypot(...vector) / residualNorm - 1) < 1e-5);
  });
}

test('a vector is the difference of the mean residuals, as long as the residual stream', () =>
  checkAgainstHooks(short, long));

test('positions of all sequences count alike, and a sequence may have none', () => {
  const several = short.map(({ ids }, i) => ({ ids, positions: [9, 3, 12].slice(0, i) }));
  return checkAgainstHooks(several, long);
});

test('the other way round it points the other way', async () => {
  const there = await steeringVectors(reader, { from: short, toward: long });
  const back = await steeringVectors(reader, { from: long, toward: short });
  there.forEach(({ vector, residualNorm }, layer) => {
    vector.forEach((x, i) => {
      const opposite = back[layer]!.vector[i]! / back[layer]!.residualNorm;
      assert.ok(Math.abs(x / residualNorm + opposite) < 1e-6);
    });
  });
});

test('batches of another size give the same vectors', async () => {
  const contrast = { from: short, toward: long };
  const [two, one] = [
    await steeringVectors(reader, contrast),
    await steeringVectors({ ...reader, batchSize: 1 }, contrast),
  ];
  two.forEach(({ vector, residualNorm }, layer) => {
    vector.forEach((x, i) => {
      assert.ok(Math.abs(x - one[layer]!.vector[i]!) < 1e-3 * residualNorm);
    });
  });
});

/** What is asked for, and the complaint. */
const FAULTS: [string, ResidualReading[], ResidualReading[], string][] = [
  [
    'a side without prompts',
    [],
    long,
    'no positions to average: give at least one on each side of the contrast',
  ],
  [
    'a side without positions',
    short,
    long.map(({ ids }) => ({ ids, positions: [] })),
    'no positions to average: give at least one on each side of the contrast',
  ],
  [
    'a position that is not there',
    [{ ids: [2, 7], positions: [2] }],
    long,
    'residual at position 2, but the sequence has 2 tokens: use a smaller position',
  ],
  [
    'sides that do not differ',
    short,
    short,
    'both sides have the same mean at layer 0: give sides that differ',
  ],
];

for (const [what, from, toward, message] of FAULTS)
  test(`refused: ${what}`, () =>
    assert.rejects(steeringVectors(reader, { from, toward }), { message }));
