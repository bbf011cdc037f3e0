import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { int64 } from '../../pipeline/graph/tensor.ts';
import { nextToken, nextTokenGraph } from '../../pipeline/interp/next-token.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import type { Numerics } from '../../pipeline/models/weights.ts';
import { nextIds, padLeft } from '../../pipeline/runtime/batch.ts';
import { assertFits } from '../../pipeline/runtime/check-sequences.ts';
import { generate } from '../../pipeline/runtime/generate.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { cpuReader } from '../reader.ts';

const CASES = join(import.meta.dirname, '../cases/models');
const EXPECTED: {
  readonly ids: number[];
  readonly entropy: Readonly<Record<string, number[]>>;
  readonly long_ids: number[];
} = JSON.parse(readFileSync(join(CASES, 'expected.json'), 'utf8'));

const entropyOf = async (model: Model, ids: readonly number[]): Promise<number[]> => {
  const [row] = await nextToken(cpuReader(model), [{ ids }], { watch: [] });
  return [...row!.entropy];
};

suite('every case has its entropies, or is refused in one line', () => {
  for (const { name } of readdirSync(CASES, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  ))
    test(name, async () => {
      const load = () => loadModel(join(CASES, name));
      const expected = EXPECTED.entropy[name];
      if (!expected) return assert.throws(load, oneLine(/model\.safetensors: \S+ overlaps \S+: /));
      const entropy = await entropyOf(load(), EXPECTED.ids);
      assert.equal(entropy.length, expected.length);
      entropy.forEach((value, pos) => {
        assert.ok(
          Math.abs(value - expected[pos]!) < 1e-5,
          `${pos}: ${value}, not ${expected[pos]}`,
        );
      });
    });
});

suite('what a model has no place for is refused before anything runs', () => {
  const model = loadModel(join(CASES, 'plain'));
  const long = EXPECTED.long_ids;
  const generated = (prompt: readonly number[], maxNewTokens: number) =>
    generate(model, [{ key: 'a', prompt }], {
      provider: 'cpu',
      seed: 1,
      maxNewTokens,
      batchSize: 1,
      stopIds: [],
      temperature: 1,
      topP: 1,
    });

  test('a sequence of more tokens than positions', async () => {
    assert.equal(long.length, 40);
    await assert.rejects(
      entropyOf(model, long),
      oneLine(/^a sequence of 40 tokens: the model has 32 positions \(max_position_embeddings\): /),
    );
    assert.equal((await entropyOf(model, long.slice(0, 32))).length, 32);
  });

  test('a token that the model does not have', async () => {
    for (const id of [48, -1, 1.5, Number.NaN])
      await assert.rejects(
        entropyOf(model, [2, id]),
        oneLine(/^token id \S+: the model has 48 tokens, from 0 on \(vocab_size\): /),
      );
    assert.equal((await entropyOf(model, [2, 47])).length, 2);
  });

  test('sequences are checked before the first batch', () => {
    assertFits(model, [{ ids: [] }, { ids: [47] }]);
    assert.throws(() => assertFits(model, [{ ids: [2] }, { ids: long }]), /40 tokens/);
  });

  test('a prompt whose answer may be longer', async () => {
    await assert.rejects(
      generated(long.slice(0, 20), 14),
      oneLine(/^sample a: 20 tokens and up to 14 new ones: the model has 32 positions/),
    );
    await assert.rejects(generated([2, 48], 1), oneLine(/^token id 48: /));
    const [completion] = await generated(long.slice(0, 20), 13);
    assert.equal(completion!.ids.length, 13);
  });

  // On a GPU an index outside of a table is another row; the check is the same for every provider.
  for (const numerics of [
    { matrices: 'float32', largestBuffer: null },
    { matrices: 'float32', largestBuffer: 48 * 16 },
  ] as const satisfies readonly Numerics[])
    test(`a graph that is fed by hand, ${numerics.largestBuffer ? 'the embedding in blocks' : 'one embedding'}`, async () => {
      const parts = loadModel(join(CASES, 'plain'), { numerics });
      const session = await openSession(nextTokenGraph(parts), { provider: 'cpu' });
      const run = (ids: readonly number[], watch: readonly number[]) =>
        session.run({
          ...padLeft([ids]).feeds,
          next_ids: nextIds([ids]),
          watch: int64(watch, [watch.length]),
        });
      await assert.rejects(
        run(long, []),
        oneLine(/^position 32 in the input positions: there are 32, from 0 to 31: use shorter/),
      );
      await assert.rejects(
        run([2, 48], []),
        oneLine(/^token id 48 in the input ids: there are 48, from 0 to 47: use the tokenizer of/),
      );
      await assert.rejects(run([2, -1], []), oneLine(/^token id -1 in the input ids: /));
      await assert.rejects(run([2], [48]), oneLine(/^index 48 in the input watch: there are 48/));
      const { entropy } = await run(EXPECTED.ids, [47]);
      assert.equal(entropy!.data.length, EXPECTED.ids.length);
      await session.release();
    });

  test('an index that is cast on its way', () => {
    const graph = new Graph();
    const index = graph.input('index', 'int64', ['N']);
    ops.gather(graph.ints([5, 6, 7]), ops.cast(index, 'int32'));
    assert.deepEqual(
      graph.indexLimits.map(({ input, end }) => [input.name, end]),
      [['index', 3]],
    );
  });

  test('every graph of a model knows its positions and tokens', () => {
    const graph = new Graph();
    forward(model, graph);
    assert.deepEqual(
      Object.fromEntries(graph.indexLimits.map(({ input, end }) => [input.name, end])),
      { ids: 48, positions: 32 },
    );
  });
});

const oneLine = (message: RegExp) => (error: Error) => {
  assert.match(error.message, message);
  assert.match(error.message, /^[^\n]+: [a-z][^\n:]+$/);
  return true;
};
