import { Graph } from '../../pipeline/graph/builder.ts';
import { gemm, reduceMax } from '../../pipeline/graph/ops.ts';
import { float32, sizeOf } from '../../pipeline/graph/tensor.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { openCheckpoint } from '../../pipeline/sources/formats/safetensors.ts';

export interface Read {
  readonly name: string;
  /** Read by one call of `run`. */
  readonly bytes: number;
  run(): Promise<unknown>;
  release(): Promise<void>;
}

const EMBEDDING = 'model.embed_tokens.weight';
/** Of 1 GiB, more than any cache holds. */
const [ROWS, COLUMNS] = [2 ** 12, 2 ** 16];

/** Ways to read memory once from end to end, of which the fastest is the bandwidth. */
export async function openReads(modelDir: string): Promise<Read[]> {
  return [await openMaxima(), await openVectorProduct(modelDir)];
}

/** The largest element of every row of a tensor in memory of its own. */
async function openMaxima(): Promise<Read> {
  const graph = new Graph();
  graph.output('max', reduceMax(graph.input('x', 'float32', [ROWS, COLUMNS]), [-1]));
  const session = await openSession(graph, { provider: 'cpu' });
  const x = float32(new Float32Array(ROWS * COLUMNS).fill(0.5), [ROWS, COLUMNS]);
  return {
    name: 'maxima',
    bytes: x.data.byteLength,
    run: () => session.run({ x }),
    release: () => session.release(),
  };
}

/** One vector times the largest matrix, which is mapped from its file. */
async function openVectorProduct(modelDir: string): Promise<Read> {
  const graph = new Graph();
  const slice = openCheckpoint(modelDir).tensors.get(EMBEDDING)!;
  const [, d] = slice.dims as [number, number];
  const x = graph.input('x', 'float32', [1, d]);
  graph.output('y', gemm(x, graph.external('w', slice), { transB: true }));
  const session = await openSession(graph, { provider: 'cpu' });
  const data = float32(new Float32Array(d).fill(0.5), [1, d]);
  return {
    name: 'vector product',
    bytes: 4 * sizeOf(slice.dims),
    run: () => session.run({ x: data }),
    release: () => session.release(),
  };
}
