import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Graph } from '../../pipeline/graph/builder.ts';
import { encodeModel } from '../../pipeline/graph/encode.ts';
import { externalDir } from '../../pipeline/graph/external-dir.ts';
import type { ExternalTensor } from '../../pipeline/graph/external-tensor.ts';
import * as layout from '../../pipeline/graph/layout.ts';
import * as ops from '../../pipeline/graph/ops.ts';
import { float32, int64, type Tensor } from '../../pipeline/graph/tensor.ts';
import { type Feeds, type Fetches, openSession } from '../../pipeline/runtime/session.ts';
import { openCheckpoint } from '../../pipeline/sources/formats/safetensors.ts';
import { writeSafetensors } from '../../pipeline/sources/formats/write-safetensors.ts';
import { tempDir } from '../temp.ts';

async function run(graph: Graph, feeds: Feeds = {}, fetch?: string[]): Promise<Fetches> {
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const found = await session.run(feeds, fetch);
  await session.release();
  return found;
}

/** Write a checkpoint of one file and find its tensors there. */
function checkpoint(dir: string, tensors: Record<string, Tensor>): Map<string, ExternalTensor> {
  mkdirSync(dir, { recursive: true });
  writeSafetensors(join(dir, 'model.safetensors'), tensors);
  return new Map(openCheckpoint(dir).tensors);
}

const numbers = ({ data }: Tensor): number[] => Array.from(data as ArrayLike<number>, Number);

test('every output is there under its name, and only the wanted ones are fetched', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2]);
  graph.output('negative', ops.neg(x));
  graph.output('double', ops.add(x, x));
  const feeds = { x: float32([1, 2], [2]) };
  assert.deepEqual(await run(graph, feeds), {
    negative: float32([-1, -2], [2]),
    double: float32([2, 4], [2]),
  });
  assert.deepEqual(Object.keys(await run(graph, feeds, ['double'])), ['double']);
});

test('an output may be an input, a constant, a hook, or have several names', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['B']);
  const y = graph.rename(ops.neg(x), 'blocks.0.hook_z');
  graph.output('x', x);
  graph.output('copy', x);
  graph.output('blocks.0.hook_z', y);
  graph.output('z', y);
  graph.output('constant', graph.scalar(5, 'float32'));
  const found = await run(graph, { x: float32([1, 2], [2]) });
  assert.deepEqual(
    Object.entries(found).map(([name, tensor]) => [name, tensor.dims, numbers(tensor)]),
    [
      ['x', [2], [1, 2]],
      ['copy', [2], [1, 2]],
      ['blocks.0.hook_z', [2], [-1, -2]],
      ['z', [2], [-1, -2]],
      ['constant', [], [5]],
    ],
  );
});

test('symbolic axes are bound by what is fed, anew in every run', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['B', 'T']);
  const y = graph.input('y', 'float32', ['T', 2]);
  graph.output('product', ops.matmul(x, y));
  const session = await openSession(graph, { provider: 'cpu', threads: 1 });
  const ones = (...dims: number[]) => float32(new Float32Array(dims[0]! * dims[1]!).fill(1), dims);
  for (const [B, T] of [
    [1, 1],
    [2, 5],
    [3, 4],
  ] as const) {
    const { product } = await session.run({ x: ones(B, T), y: ones(T, 2) });
    assert.deepEqual(product, float32(new Float32Array(B * 2).fill(T), [B, 2]));
  }
  await session.release();
});

test('constants of every type and attributes of every kind reach the runtime', async () => {
  const graph = new Graph();
  const constants: Tensor[] = [
    { dtype: 'float64', dims: [2], data: Float64Array.of(1.5, -2) },
    { dtype: 'float32', dims: [2], data: Float32Array.of(1.5, -2) },
    { dtype: 'float16', dims: [2], data: Uint16Array.of(0x3e00, 0xc000) },
    { dtype: 'bfloat16', dims: [2], data: Uint16Array.of(0x3fc0, 0xc000) },
    { dtype: 'int64', dims: [2], data: BigInt64Array.of(2n ** 40n, -2n) },
    { dtype: 'int32', dims: [2], data: Int32Array.of(7, -2) },
    { dtype: 'int8', dims: [2], data: Int8Array.of(7, -2) },
    { dtype: 'uint8', dims: [2], data: Uint8Array.of(7, 254) },
    { dtype: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
  ];
  for (const tensor of constants)
    graph.output(tensor.dtype, ops.cast(graph.constant(tensor), 'float64'));
  const x = graph.constant(float32([0, 1, 2, 3, 4, 5], [2, 3]));
  graph.output('list', layout.transpose(x, [1, 0]));
  graph.output('integer', ops.cumSum(x, { reverse: true }));
  graph.output('string', ops.scatterAdd(x, int(graph, [1, 1], [2, 1]), x));
  const found = await run(graph);
  assert.deepEqual(Object.fromEntries(Object.entries(found).map(([k, v]) => [k, numbers(v)])), {
    float64: [1.5, -2],
    float32: [1.5, -2],
    float16: [1.5, -2],
    bfloat16: [1.5, -2],
    int64: [2 ** 40, -2],
    int32: [7, -2],
    int8: [7, -2],
    uint8: [7, 254],
    bool: [1, 0],
    list: [0, 3, 1, 4, 2, 5],
    integer: [3, 3, 2, 12, 9, 5],
    string: [0, 1, 2, 6, 9, 12],
  });
});

const int = (graph: Graph, data: number[], dims: number[]) => graph.constant(int64(data, dims));

test('a constant may be part of a larger buffer', async () => {
  const graph = new Graph();
  const data = Float32Array.of(9, 8, 7, 6).subarray(1, 3);
  graph.output('y', graph.constant({ dtype: 'float32', dims: [2], data }));
  assert.deepEqual(await run(graph), { y: float32([8, 7], [2]) });
});

test('external weights are read from their file, at their offset, in their width', async (t) => {
  const dir = tempDir(t);
  const large = float32(
    Float32Array.from({ length: 5000 }, (_, i) => i),
    [5000],
  );
  const tensors: Record<string, Tensor> = {
    first: large,
    second: float32([1, 2, 3, 4, 5, 6], [2, 3]),
    narrow: { dtype: 'bfloat16', dims: [3], data: Uint16Array.of(0x3f80, 0xc000, 0x4040) },
    odd: { dtype: 'uint8', dims: [1], data: Uint8Array.of(200) },
    afterOdd: float32([0.5, -0.5], [2]), // no multiple of its own width from the start of the file
  };
  const slices = checkpoint(dir, tensors);
  const graph = new Graph();
  for (const [name, slice] of slices)
    graph.output(`${name}.out`, ops.cast(graph.external(name, slice), 'float32'));
  const bytes = encodeModel(graph);
  assert.ok(bytes.length < 2000, `${bytes.length} bytes: the weights are in the model`);
  assert.equal(externalDir(graph), join(slices.get('first')!.file, '..'));
  const found = await run(graph);
  for (const [name, { dims }] of Object.entries(tensors))
    assert.deepEqual(found[`${name}.out`]!.dims, dims, name);
  assert.deepEqual(numbers(found['first.out']!), numbers(large));
  assert.deepEqual(numbers(found['second.out']!), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(numbers(found['narrow.out']!), [1, -2, 3]);
  assert.deepEqual(numbers(found['odd.out']!), [200]);
  assert.deepEqual(numbers(found['afterOdd.out']!), [0.5, -0.5]);
});

test('weights lie in one folder that is there', (t) => {
  const dir = tempDir(t);
  const [a, b] = ['a', 'b'].map((sub) => checkpoint(join(dir, sub), { w: float32([1], [1]) }));
  const graph = new Graph();
  assert.equal(externalDir(graph), null);
  graph.external('first', a!.get('w')!);
  graph.external('again', a!.get('w')!);
  assert.throws(() => graph.external('first', b!.get('w')!), /already has a value named first/);
  assert.match(externalDir(graph)!, /\ba$/);
  graph.external('second', b!.get('w')!);
  assert.throws(
    () => externalDir(graph),
    /^Error: weights are in .*\ba and in .*\bb: put them into one folder$/,
  );
  rmSync(join(dir, 'b'), { recursive: true });
  const gone = new Graph();
  gone.external('w', b!.get('w')!);
  assert.throws(() => externalDir(gone), /^Error: missing folder: .*\bb$/);
});

test('weights of one file take part like any other value', async (t) => {
  const slices = checkpoint(tempDir(t), {
    W_enc: float32([1, 2, 3, 4], [2, 2]),
    b_enc: float32([10, 20], [2]),
  });
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['B', 2]);
  const external = (name: string) => graph.external(name, slices.get(name)!);
  graph.output('y', ops.add(ops.matmul(x, external('W_enc')), external('b_enc')));
  const { y } = await run(graph, { x: float32([1, 0, 0, 1, 1, 1], [3, 2]) });
  assert.deepEqual(y, float32([11, 22, 13, 24, 14, 26], [3, 2]));
});

test('equal graphs give equal bytes', () => {
  const encode = () => {
    const graph = new Graph();
    graph.output(
      'y',
      ops.softmax(layout.reshape(graph.input('x', 'float32', ['B', 4]), ['B', 2, 2])),
    );
    return encodeModel(graph);
  };
  assert.deepEqual(encode(), encode());
});
