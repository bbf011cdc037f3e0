import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { add, mul, sub } from '../../pipeline/graph/ops.ts';
import { float32, type Tensor } from '../../pipeline/graph/tensor.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import {
  decode,
  encode,
  preActs,
  saeInputs,
  sparseActivation,
} from '../../pipeline/sae/jump-relu.ts';
import { readNpz } from '../../pipeline/sources/formats/npz.ts';
import {
  assertClose,
  goldenModels,
  inputsOf,
  loadGolden,
  numbers,
  saeFiles,
  tolerance,
} from '../golden.ts';
import { paramsOf } from '../golden-sae.ts';

const PARAMS = ['W_enc', 'b_enc', 'W_dec', 'b_dec', 'threshold'] as const;

for (const golden of goldenModels())
  for (const file of saeFiles(golden))
    suite(`SAE against the reference: ${golden.name}, ${file}`, async () => {
      const npz = await loadGolden(golden, file);
      const params = await readNpz(join(golden.dir, paramsOf(golden, file)));
      const weights = Object.fromEntries(PARAMS.map((name) => [name, params.get(name)]));
      const forward = inputsOf(golden, file);
      const mask = (await loadGolden(golden, forward)).get('attention_mask');
      const narrow = (name: string): Tensor => {
        const { dims, data } = npz.get(name);
        return float32(Float32Array.from(numbers(data)), dims);
      };
      const run = async () => {
        const [dIn, dSae] = params.get('W_enc').dims as [number, number];
        const graph = new Graph();
        const sae = saeInputs(graph, { dIn, dSae, dOut: dIn });
        const x = graph.input('x', 'float32', ['B', 'T', dIn]);
        const sparse = sparseActivation(sae, x);
        const active = mul(sparse.featureActs, graph.scalar(1, 'float32'));
        graph.output('pre_acts', preActs(sae, x));
        graph.output('acts', active);
        graph.output('recon', sparse.reconstruction);
        graph.output('error', sparse.errorTerm);
        const session = await openSession(graph, { provider: 'cpu' });
        return session.run({ ...weights, x: narrow('x') });
      };
      const found = run();

      // Some reference files leave a few arrays out.
      const names = ['pre_acts', 'acts', 'recon', 'error'];
      for (const name of names.filter((name) => npz.has(name)))
        test(name, async () => {
          const tol = tolerance(golden, file, name);
          const actual = (await found)[name]!;
          assertClose(actual, npz.get(name), tol, name, { mask, from: 0 });
        });

      test('l0', async () => {
        const { data, dims } = (await found).acts!;
        const dSae = dims.at(-1)!;
        numbers(npz.get('l0').data).forEach((expected, i) => {
          if (Number(mask.data[i]) !== 1) return;
          const row = numbers(data.slice(i * dSae, (i + 1) * dSae));
          assert.equal(row.filter((act) => act > 0).length, expected);
        });
      });
    });

test('only what exceeds the threshold strictly, and is positive, is active', async () => {
  const graph = new Graph();
  const sae = saeInputs(graph, { dIn: 1, dSae: 4, dOut: 1 });
  graph.output('acts', encode(sae, graph.input('x', 'float32', ['B', 1])));
  const session = await openSession(graph, { provider: 'cpu' });
  const { acts } = await session.run({
    x: float32([1, -1], [2, 1]),
    W_enc: float32([1, 1, 1, 1], [1, 4]),
    b_enc: float32([0, 0, 0, 0], [4]),
    W_dec: float32([1, 1, 1, 1], [4, 1]),
    b_dec: float32([0], [1]),
    threshold: float32([0.5, 1, 2, -3], [4]),
  });
  assert.deepEqual(numbers(acts!.data), [1, 0, 0, 1, 0, 0, 0, 0]);
});

test('zeroing a feature with the error term kept moves the output by exactly −f · W_dec', async () => {
  const graph = new Graph();
  const sae = saeInputs(graph, { dIn: 2, dSae: 3, dOut: 2 });
  const x = graph.input('x', 'float32', ['B', 2]);
  const keep = graph.input('keep', 'float32', [3]);
  const { featureActs, errorTerm } = sparseActivation(sae, x);
  const spliced = add(decode(sae, mul(featureActs, keep)), errorTerm);
  graph.output('change', sub(spliced, x));
  graph.output('acts', featureActs);
  const session = await openSession(graph, { provider: 'cpu' });
  const feeds = {
    x: float32([1, 2], [1, 2]),
    W_enc: float32([1, 0, 1, 0, 1, 1], [2, 3]),
    b_enc: float32([0, 0, 0], [3]),
    W_dec: float32([1, 0.5, -1, 2, 3, 0.25], [3, 2]),
    b_dec: float32([0.1, 0.2], [2]),
    threshold: float32([0, 0, 0], [3]),
  };
  const { change, acts } = await session.run({ ...feeds, keep: float32([1, 0, 1], [3]) });
  const f = Number(acts!.data[1]);
  assert.ok(f > 0);
  const expected = [-f * -1, -f * 2];
  numbers(change!.data).forEach((moved, i) => {
    assert.ok(Math.abs(moved - expected[i]!) < 1e-6);
  });
  const same = await session.run({ ...feeds, keep: float32([1, 1, 1], [3]) });
  assert.ok(numbers(same.change!.data).every((moved) => Math.abs(moved) < 1e-6));
});

test('a spliced SAE with its error term kept passes the gradient on unchanged', async () => {
  const graph = new Graph();
  const sae = saeInputs(graph, { dIn: 2, dSae: 3, dOut: 2 });
  const x = graph.input('x', 'float32', ['B', 2]);
  const { featureActs, errorTerm } = sparseActivation(sae, x);
  const y = total(mul(add(decode(sae, featureActs), errorTerm), graph.input('w', 'float32', [2])));
  graph.output('gradient', vjp(y, [x])[0]!);
  const session = await openSession(graph, { provider: 'cpu' });
  const { gradient } = await session.run({
    x: float32([1, 2], [1, 2]),
    w: float32([3, -5], [2]),
    W_enc: float32([1, 0, 1, 0, 1, 1], [2, 3]),
    b_enc: float32([0, 0, 0], [3]),
    W_dec: float32([1, 0.5, -1, 2, 3, 0.25], [3, 2]),
    b_dec: float32([0.1, 0.2], [2]),
    threshold: float32([0, 0, 0], [3]),
  });
  numbers(gradient!.data).forEach((g, i) => {
    assert.ok(Math.abs(g - [3, -5][i]!) < 1e-5);
  });
});
