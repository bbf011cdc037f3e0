import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Graph } from '../../pipeline/graph/builder.ts';
import { float32, int64 } from '../../pipeline/graph/tensor.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { KvCache } from '../../pipeline/runtime/kv-cache.ts';
import { loopGraph } from '../../pipeline/runtime/loop-graph.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { loadModel } from '../../pipeline/subjects/load-model.ts';
import { numbers } from '../golden.ts';
import { MINIATURE, tokenizer } from '../miniature/miniature.ts';

const model = loadModel(MINIATURE);
const [bos, hyphen] = [tokenizer.id('<bos>'), tokenizer.id('-')];
/** Two sequences of one token each, after nothing. */
const { feeds } = padLeft([[bos], [hyphen]]);

/** Up to `turns` steps after the first, each row on its own draws. */
async function run(graph: Graph, turns: number, { k = model.dims.dVocab, enough = 0 } = {}) {
  const session = await openSession(graph, { provider: 'cpu' });
  const found = await session.run({
    ...feeds,
    ...new KvCache(model.dims, 2).feeds,
    last_rows: int64([0, 1], [2]),
    temperature: float32([3], [1]),
    top_p: float32([0.9], [1]),
    uniform: float32([0.3, 0.6], [2, 1]),
    uniforms: float32(
      Array.from({ length: 2 * turns }, (_, i) => (0.37 * (i + 1)) % 1),
      [turns, 2, 1],
    ),
    turns: int64([turns], [1]),
    k: int64([k], [1]),
    enough: float32([enough], [1]),
  });
  await session.release();
  const { token, tokens, mass, masses, new_positions: positions, 'new_k.0': keys } = found;
  return {
    tokens: [...numbers(token!.data), ...numbers(tokens!.data)],
    masses: [...numbers(mass!.data), ...numbers(masses!.data)],
    turns: tokens!.dims[0]!,
    positions: numbers(positions!.data),
    keys: keys!.dims,
  };
}

suite('the loop of steps', () => {
  test('takes every turn while a row goes on, and returns what the cache lacks', async () => {
    const { turns, positions, keys } = await run(loopGraph(model, {}, []).graph, 6);
    const { nKeyValueHeads, dHead } = model.dims;
    assert.equal(turns, 6);
    assert.deepEqual(positions, [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(keys, [2, nKeyValueHeads, 7, dHead]);
  });

  test('ends when the last row has sampled a stop token', async () => {
    const free = await run(loopGraph(model, {}, []).graph, 6);
    const rowOf = (tokens: number[], row: number) => tokens.filter((_, i) => i % 2 === row);
    const stops = [rowOf(free.tokens, 0)[1]!, rowOf(free.tokens, 1)[3]!];
    const { tokens, turns } = await run(loopGraph(model, {}, stops).graph, 6);
    const ends = [0, 1].map((row) => {
      const end = rowOf(free.tokens, row).findIndex((token) => stops.includes(token));
      assert.deepEqual(
        rowOf(tokens, row).slice(0, end + 1),
        rowOf(free.tokens, row).slice(0, end + 1),
      );
      return end;
    });
    assert.deepEqual(ends, [1, 3]);
    assert.equal(turns, 3);
  });

  test('ends where k tokens do not hold enough, and says how much they held', async () => {
    const { graph } = loopGraph(model, {}, []);
    const free = await run(graph, 6, { k: 3 });
    const least = free.masses.map((_, i) => Math.min(...free.masses.slice(0, i + 1)));
    const at = least.findLastIndex((mass, i) => i > 1 && mass < least[i - 1]!);
    assert.ok(at > 1);
    const enough = (least[at]! + least[at - 1]!) / 2;
    const { masses, turns } = await run(graph, 6, { k: 3, enough });
    assert.equal(turns, Math.floor(at / 2));
    assert.deepEqual(masses, free.masses.slice(0, 2 * (turns + 1)));
    assert.ok(Math.min(...masses.slice(-2)) < enough);
  });
});

test('its body computes nothing that is the same at every turn, and holds no weights', () => {
  const steerAt = { hook: 'blocks.2.hook_resid_post', from: 1 };
  const logitBias = new Float32Array(model.dims.dVocab);
  const { graph } = loopGraph(model, { steerAt, logitBias }, [bos]);
  const body = graph.nodes.find((node) => node.op === 'Loop')!.attributes.body;
  for (const { value } of body.initializers)
    assert.ok(value.shape.reduce<number>((n, d) => n * Number(d), 1) <= 16, value.name);
  const own = new Set([...body.inputs, ...body.nodes.flatMap(({ outputs }) => outputs)]);
  for (const { op, inputs } of body.nodes)
    assert.ok(
      inputs.some((input) => own.has(input)),
      op,
    );
  const weights = graph.initializers.filter((initializer) => 'external' in initializer);
  assert.equal(weights.length, model.weights.size);
});
