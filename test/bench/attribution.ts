import { Graph } from '../../pipeline/graph/builder.ts';
import { gather, gemm } from '../../pipeline/graph/ops.ts';
import { float32 } from '../../pipeline/graph/tensor.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { openSession, type Session } from '../../pipeline/runtime/session.ts';
import type { Sae } from '../../pipeline/sae/sae.ts';
import { inMemory } from '../golden-sae.ts';
import { attribute, BATCH, LENGTH, withL0 } from './attributed.ts';
import { measureDensity } from './density.ts';
import { gemmaLayers } from './gemma-layers.ts';
import { interleaved, type Log, type Measurement, median } from './measure.ts';
import { findSae, writeSae } from './random-sae.ts';

const ROUNDS = 3;

/** Gemma Scope's mean number of active features at a position. */
const L0 = 71;

/** What one more SAE of Gemma Scope's size costs, beside its two matrix products with all of its features. */
export async function measureAttribution(dir: string, log: Log): Promise<Measurement[]> {
  log('writing two SAEs of random weights');
  const model = gemmaLayers(dir, 1);
  const found: Measurement[] = [];
  for (const [id, d] of [
    ['res_0', model.dims.dModel],
    ['att_0', model.dims.nHeads * model.dims.dHead],
  ] as const) {
    writeSae(dir, id, d);
    const [sae] = await withL0(model, await (await findSae(dir, id)).load(), [L0]);
    found.push(await compare(model, sae!, log));
    if (id === 'res_0') found.push(...(await measureDensity(sae!, log)));
  }
  return found;
}

/** SAEs beyond the first, whose cost is divided among them. */
const MORE = 3;

async function compare(model: Model, sae: Sae, log: Log): Promise<Measurement> {
  const times = (n: number) => Array.from({ length: n }, () => inMemory(sae));
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
    target: '≤ 0.8',
    note: `${BATCH} × ${LENGTH} tokens, L0 ${L0}`,
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
