import { Graph } from '../../pipeline/graph/builder.ts';
import { gather, gemm } from '../../pipeline/graph/ops.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { openSession, type Session } from '../../pipeline/runtime/session.ts';
import type { Sae, SaeFile } from '../../pipeline/sae/sae.ts';
import { cpuReader } from '../reader.ts';
import { gemmaLayers } from './gemma-layers.ts';
import { interleaved, type Log, type Measurement, median } from './measure.ts';
import { findSae, writeSae } from './random-sae.ts';

const BATCH = 8;
const LENGTH = 60;
const ROUNDS = 3;

/** Sequences whose last position is attributed. */
const readingsOf = ({ dims }: Model) =>
  Array.from({ length: BATCH }, (_, row) => ({
    ids: Array.from({ length: LENGTH }, (_, pos) => (row * 61 + pos * 37) % dims.dVocab),
    metricPos: LENGTH - 1,
    lengths: { prompt: LENGTH / 2, prefix: LENGTH - 2 },
    pair: [1, 2] as const,
  }));

export const attribute = (model: Model, saes: readonly SaeFile[]): Promise<void> =>
  attributeSaes(
    cpuReader(model, { batchSize: BATCH }),
    saes,
    [{ path: 'zero', readings: readingsOf(model) }],
    {
      top: 100,
      topOfPart: 20,
      onRows: () => {},
    },
  );

/** What one more SAE of Gemma Scope's size costs, beside the two matrix products that it cannot avoid. */
export async function measureAttribution(dir: string, log: Log): Promise<Measurement[]> {
  log('writing two SAEs of random weights');
  const model = gemmaLayers(dir, 1);
  const found: Measurement[] = [];
  for (const [id, d] of [
    ['res_0', model.dims.dModel],
    ['att_0', model.dims.nHeads * model.dims.dHead],
  ] as const) {
    writeSae(dir, id, d);
    found.push(await compare(model, await (await findSae(dir, id)).load(), log));
  }
  return found;
}

/** SAEs beyond the first, whose cost is divided among them. */
const MORE = 3;

async function compare(model: Model, sae: Sae, log: Log): Promise<Measurement> {
  const times = (n: number): SaeFile[] =>
    Array.from({ length: n }, () => ({ ...sae, load: async () => sae }));
  const products = await openProducts(sae);
  const seconds = await interleaved(
    {
      'one SAE': () => attribute(model, times(1)),
      'more SAEs': () => attribute(model, times(1 + MORE)),
      products: () => products.run(),
    },
    { rounds: ROUNDS, log },
  ).finally(() => products.release());
  const each = seconds['more SAEs'].map((more, i) => (more - seconds['one SAE'][i]!) / MORE);
  const ratios = each.map((s, i) => s / seconds.products[i]!);
  return {
    name: `attribution to one more SAE / its two products (${sae.dIn} × ${sae.dSae})`,
    value: `${median(each).toFixed(2)} s`,
    ratio: median(ratios),
    target: '≤ 1.3',
    note: `${BATCH} × ${LENGTH} tokens`,
  };
}

/** `x W_enc` and `gradient W_decᵀ`, the weights given anew each time, as an SAE's are. */
async function openProducts({ dIn, dSae, params }: Sae) {
  const rows = BATCH * LENGTH;
  const graph = new Graph();
  const x = graph.input('x', 'float32', [rows, dIn]);
  const first = gemm(x, graph.input('W_enc', 'float32', [dIn, dSae]));
  const second = gemm(x, graph.input('W_dec', 'float32', [dSae, dIn]), { transB: true });
  graph.output('first', gather(first, graph.ints([0])));
  graph.output('second', gather(second, graph.ints([0])));
  const session: Session = await openSession(graph, { provider: 'cpu' });
  const data = float32(new Float32Array(rows * dIn).fill(0.5), [rows, dIn]);
  const { W_enc, W_dec } = params;
  return {
    run: () => session.run({ x: data, W_enc, W_dec }),
    release: () => session.release(),
  };
}
