import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { loop } from '../../pipeline/graph/loop.ts';
import { gather, lessOrEqual } from '../../pipeline/graph/ops.ts';
import { float32, int64, type Tensor } from '../../pipeline/graph/tensor.ts';
import { nucleus, sampleToken } from '../../pipeline/runtime/sampling.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { assertClose, loadGolden, numbers, openGolden, tolerance } from '../golden.ts';

const session = openSession(samplingGraph(), { provider: 'cpu' });

function samplingGraph(): Graph {
  const graph = new Graph();
  const kept = nucleus(
    graph.input('logits', 'float32', ['B', 'V']),
    graph.input('temperature', 'float32', [1]),
    graph.input('top_p', 'float32', [1]),
    graph.input('k', 'int64', [1]),
  );
  graph.output('probs', kept.probs);
  graph.output('ids', kept.ids);
  graph.output('mass', kept.mass);
  graph.output('token', sampleToken(kept, graph.input('uniform', 'float32', ['B', 1])));
  return graph;
}

interface Settings {
  readonly temperature?: number;
  readonly topP?: number;
  readonly k?: number;
  readonly uniform?: number;
}

async function sample(logits: Tensor, settings: Settings = {}) {
  const [rows, vocab] = logits.dims as [number, number];
  const { temperature = 1, topP = 1, k = vocab, uniform = 0.5 } = settings;
  const found = await (await session).run({
    logits: float32(Float32Array.from(numbers(logits.data)), logits.dims),
    temperature: float32([temperature], [1]),
    top_p: float32([topP], [1]),
    k: int64([k], [1]),
    uniform: float32(new Float32Array(rows).fill(uniform), [rows, 1]),
  });
  const { ids, probs, mass, token } = found as Record<'ids' | 'probs' | 'mass' | 'token', Tensor>;
  return { ids, probs, mass, token, dense: scatter(ids, probs, vocab) };
}

/** Probabilities by token id, [B, V]. */
function scatter(ids: Tensor, probs: Tensor, vocab: number): Tensor<Float32Array> {
  const [rows, k] = ids.dims as [number, number];
  const dense = new Float32Array(rows * vocab);
  numbers(ids.data).forEach((id, i) => {
    dense[Math.floor(i / k) * vocab + id] = Number(probs.data[i]);
  });
  return float32(dense, [rows, vocab]);
}

suite('nucleus sampling against the reference', async () => {
  const golden = openGolden('sampling');
  const { temperature, top_p: topP } = golden.manifest as unknown as Record<string, number>;
  const npz = await loadGolden(golden, 'topp.npz');
  const logits = npz.get('logits');

  test('the probabilities of temperature alone', async () => {
    const { dense } = await sample(logits, { temperature: temperature! });
    const name = 'probs_temperature_only';
    assertClose(dense, npz.get(name), tolerance(golden, 'topp.npz', name), name);
  });

  test('the probabilities after the cut, and which tokens survive', async () => {
    const { dense } = await sample(logits, { temperature: temperature!, topP: topP! });
    assertClose(dense, npz.get('probs'), tolerance(golden, 'topp.npz', 'probs'), 'probs');
    assert.deepEqual(
      Array.from(dense.data, (p) => Number(p > 0)),
      numbers(npz.get('kept').data),
    );
  });

  test('a smaller k is exact where it holds the nucleus, and says where it does not', async () => {
    const nKept = numbers(npz.get('n_kept').data);
    const k = 32;
    const whole = await sample(logits, { temperature: temperature!, topP: topP! });
    const part = await sample(logits, { temperature: temperature!, topP: topP!, k });
    const vocab = logits.dims[1]!;
    nKept.forEach((n, row) => {
      const holds = (part.mass.data[row] as number) >= topP!;
      assert.equal(holds, n <= k, `row ${row}`);
      const cut = (t: Tensor<Float32Array>) =>
        Array.from(t.data.slice(row * vocab, (row + 1) * vocab));
      if (holds) assert.deepEqual(cut(part.dense), cut(whole.dense));
    });
  });

  test('draws over a fine grid of uniforms have the reference frequencies', async () => {
    const [rows, vocab] = logits.dims as [number, number];
    const draws = 400;
    const counts = new Float32Array(rows * vocab);
    for (let i = 0; i < draws; i++) {
      const uniform = (i + 0.5) / draws;
      const { token } = await sample(logits, { temperature: temperature!, topP: topP!, uniform });
      numbers(token.data).forEach((id, row) => {
        counts[row * vocab + id]! += 1 / draws;
      });
    }
    // A grid puts a token's count within one draw of its share at either end of its interval.
    assertClose(float32(counts, [rows, vocab]), npz.get('probs'), 1.01 / draws, 'frequencies');
  });
});

test('inside a loop, the draws are those of one run after another', async () => {
  const golden = openGolden('sampling');
  const { temperature, top_p: topP } = golden.manifest as unknown as Record<string, number>;
  const given = (await loadGolden(golden, 'topp.npz')).get('logits');
  const logits = float32(Float32Array.from(numbers(given.data)), given.dims);
  const [rows, vocab] = logits.dims as [number, number];
  const uniforms = Array.from({ length: 40 }, (_, i) => (i + 0.5) / 40);
  const looped = await openSession(loopedSampling(), { provider: 'cpu' });
  const { tokens } = await looped.run({
    logits,
    temperature: float32([temperature!], [1]),
    top_p: float32([topP!], [1]),
    k: int64([vocab], [1]),
    uniforms: float32(
      uniforms.flatMap((u) => new Array<number>(rows).fill(u)),
      [uniforms.length, rows, 1],
    ),
  });
  const alone = [];
  for (const uniform of uniforms)
    alone.push(
      numbers(
        (await sample(logits, { temperature: temperature!, topP: topP!, uniform })).token.data,
      ),
    );
  assert.deepEqual(numbers(tokens!.data), alone.flat());
});

/** Sampling from carried logits, so that every turn computes all of it. */
function loopedSampling(): Graph {
  const graph = new Graph();
  const logits = graph.input('logits', 'float32', ['B', 'V']);
  const temperature = graph.input('temperature', 'float32', [1]);
  const topP = graph.input('top_p', 'float32', [1]);
  const k = graph.input('k', 'int64', [1]);
  const uniforms = graph.input('uniforms', 'float32', ['turns', 'B', 1]);
  const always = lessOrEqual(temperature, temperature);
  const { scanned } = loop(graph, {
    maxIterations: graph.dim('turns'),
    startCondition: always,
    carried: [{ initial: logits, shape: ['B', 'V'] }],
    iterationAxis: 'taken',
    body: (index, [now]) => {
      const kept = nucleus(now!, temperature, topP, k);
      const token = sampleToken(kept, gather(uniforms, index));
      return { continues: always, carried: [now!], scanned: [token] };
    },
  });
  graph.output('tokens', scanned[0]!);
  return graph;
}

test('the draw stays inside the nucleus at both ends of the uniforms', async () => {
  const logits = float32([2, 1.9, -3, 1.8], [1, 4]);
  const at = async (uniform: number) =>
    Number((await sample(logits, { topP: 0.9, uniform })).token.data[0]);
  assert.equal(await at(0), 0);
  assert.equal(await at(1), 3);
});

test('equal logits are kept in the order of their ids', async () => {
  const { ids, probs } = await sample(float32([1, 5, 5, 5, 1], [1, 5]), { topP: 0.5 });
  assert.deepEqual(numbers(ids.data).slice(0, 3), [1, 2, 3]);
  assert.deepEqual(
    numbers(probs.data).map((p) => p.toFixed(2)),
    ['0.50', '0.50', '0.00', '0.00', '0.00'],
  );
});

test('at the smallest temperature and share, the likeliest token is taken, of large logits, too', async () => {
  const logits = float32([-1000, 2000.5, 2000, 0, -30, 29.5, 29.4, 1e-3], [2, 4]);
  for (const [temperature, topP] of [
    [1e-30, 0.9],
    [1e-30, 1e-30],
    [1e-12, 1],
    [1e-6, 0.9],
  ] as const)
    for (const uniform of [0, 0.5, 0.999]) {
      const { token, mass } = await sample(logits, { temperature, topP, uniform });
      assert.deepEqual(numbers(token.data), [1, 1], `${temperature} ${topP}`);
      assert.deepEqual(numbers(mass.data), [1, 1]);
    }
});
