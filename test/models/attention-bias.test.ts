import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { int64 } from '../../pipeline/graph/tensor.ts';
import { attentionBias, MASKED } from '../../pipeline/models/attention-bias.ts';
import { type ByAttentionKind, valueOfKind } from '../../pipeline/models/attention-kind.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { numbers } from '../golden.ts';

/** For each kind, the keys that queries at positions 0 to 3 see of keys at 0 to 3 behind one of padding. */
async function seen(windows: ByAttentionKind<number | null>) {
  const graph = new Graph();
  const queries = graph.input('queries', 'int64', ['B', 'T']);
  const bias = attentionBias(queries, graph.input('keys', 'int64', ['B', 'S']), windows);
  for (const [kind, value] of Object.entries(bias)) graph.output(kind, value);
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const found = await session.run({
    queries: int64([0, 1, 2, 3], [1, 4]),
    keys: int64([MASKED, 0, 1, 2, 3], [1, 5]),
  });
  await session.release();
  const rows = Object.entries(found).map(([kind, { data }]) => {
    const visible = numbers(data).map((x) => (x === 0 ? 'x' : '.'));
    return [kind, [0, 1, 2, 3].map((i) => visible.slice(5 * i, 5 * (i + 1)).join(''))];
  });
  return Object.fromEntries(rows);
}

test('a global layer sees all that is before, a sliding one a window with the token itself', async () => {
  assert.deepEqual(await seen({ global: null, sliding: 2 }), {
    global: ['.x...', '.xx..', '.xxx.', '.xxxx'],
    sliding: ['.x...', '.xx..', '..xx.', '...xx'],
  });
});

test('only kinds that the model has get a bias; another one is asked for by name', async () => {
  assert.deepEqual(Object.keys(await seen({ global: null })), ['global']);
  assert.deepEqual(await seen({ sliding: 1 }), { sliding: ['.x...', '..x..', '...x.', '....x'] });
  assert.throws(() => valueOfKind({ global: 1 }, 'sliding', 'attention bias'), {
    message: 'no attention bias for sliding layers: give one for each kind that the model has',
  });
});
