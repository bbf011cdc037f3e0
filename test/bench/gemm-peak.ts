import { Graph } from '../../pipeline/graph/builder.ts';
import { gather, gemm } from '../../pipeline/graph/ops.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { openCheckpoint } from '../../pipeline/sources/formats/safetensors.ts';
import { median } from './measure.ts';

/** Rows × inputs → outputs of one product. */
export interface GemmShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export interface Gemm {
  readonly name: string;
  /** Of one call of `run`, which repeats the product until it has about as many as asked. */
  readonly flops: number;
  run(): Promise<void>;
  release(): Promise<void>;
}

/** Shapes of which the fastest is the peak: a large square, and the products that the layers are made of. */
export const openGemms = (modelDir: string, rows: number, atLeastFlops: number): Promise<Gemm[]> =>
  Promise.all(
    [
      { weight: 'gate_proj', m: 2048, k: 2048, n: 2048 },
      { weight: 'gate_proj', m: rows, k: 2304, n: 9216 },
      { weight: 'down_proj', m: rows, k: 9216, n: 2304 },
      { weight: 'gate_proj', m: rows, k: 2304, n: 2048 },
    ].map(({ weight, ...shape }) =>
      openGemm(modelDir, `model.layers.0.mlp.${weight}.weight`, shape, atLeastFlops),
    ),
  );

/** GFLOP/s of a product in every round. */
export interface Rates {
  readonly name: string;
  readonly rates: readonly number[];
}

/** @param seconds of every round, by a product's name */
export function fastest(
  gemms: readonly Gemm[],
  seconds: Readonly<Record<string, readonly number[]>>,
): { peak: Rates; all: Rates[] } {
  const all = gemms.map(({ name, flops }) => {
    return { name, rates: seconds[name]!.map((s) => flops / s / 1e9) };
  });
  return { peak: all.reduce((a, b) => (median(b.rates) > median(a.rates) ? b : a)), all };
}

export const gflops = (rates: readonly number[]): string => `${median(rates).toFixed(0)} GFLOP/s`;

/**
 * One product `x Wᵀ` alone in a graph: as fast as this runtime gets on this machine. The weights are mapped
 * from a model's file, as a model's own are, and one row of the result is returned.
 */
async function openGemm(
  modelDir: string,
  weight: string,
  { m, k, n }: GemmShape,
  atLeastFlops: number,
): Promise<Gemm> {
  const graph = new Graph();
  const slice = openCheckpoint(modelDir).tensors.get(weight)!;
  const w = graph.external('w', { ...slice, dims: [n, k], bytes: 4 * n * k });
  const product = gemm(graph.input('x', 'float32', [m, k]), w, { transB: true });
  graph.output('row', gather(product, graph.ints([0])));
  const session = await openSession(graph, { provider: 'cpu' });
  const x = float32(new Float32Array(m * k).fill(0.5), [m, k]);
  const flops = 2 * m * k * n;
  const repeats = Math.ceil(atLeastFlops / flops);
  return {
    name: `${m}×${k}×${n}`,
    flops: repeats * flops,
    run: async () => {
      for (let i = 0; i < repeats; i++) await session.run({ x });
    },
    release: () => session.release(),
  };
}
