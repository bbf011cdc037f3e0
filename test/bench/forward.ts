import { Graph, type Value } from '../../pipeline/graph/builder.ts';
import { total } from '../../pipeline/graph/functions.ts';
import { reshape, split } from '../../pipeline/graph/layout.ts';
import { gatherColumns, sub } from '../../pipeline/graph/ops.ts';
import { vjp } from '../../pipeline/graph/vjp.ts';
import { forward } from '../../pipeline/models/forward.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { type Feeds, openSession, type Session } from '../../pipeline/runtime/session.ts';
import { flopsOf } from './flops.ts';
import { fastest, type Gemm, gflops, openGemms } from './gemm-peak.ts';
import { gemmaLayers } from './gemma-layers.ts';
import { interleaved, type Log, type Measurement, median, medianRatio } from './measure.ts';

export const BATCH = 8;
export const LENGTH = 60;
const ROWS = BATCH * LENGTH;
const ROUNDS = 7;

/**
 * What a pass over Gemma 2 2B's layers costs beyond its matrix products, and a backward pass beyond a
 * forward one.
 */
export async function measureForward(dir: string, log: Log): Promise<Measurement[]> {
  log('writing two layers of random weights');
  const model = gemmaLayers(dir, 1);
  const plain = metricGraph(model);
  const withBackward = metricGraph(model);
  addGradients(withBackward.graph, model, withBackward.metric);
  const flops = flopsOf(plain.graph, { B: BATCH, T: LENGTH });
  const feeds = padLeft(tokens(model.dims.dVocab)).feeds;

  log('opening sessions');
  const gemms = await openGemms(dir, ROWS, flops);
  const sessions = {
    forward: await openSession(plain.graph, { provider: 'cpu' }),
    backward: await openSession(withBackward.graph, { provider: 'cpu' }),
  };
  try {
    return await compare({ gemms, ...sessions, feeds, flops }, log);
  } finally {
    for (const open of [...gemms, ...Object.values(sessions)]) await open.release();
  }
}

/** The summed difference of two logits, over a whole batch; every position is unembedded. */
export function metricGraph(model: Model): { graph: Graph; metric: Value } {
  const graph = new Graph();
  const { weights, resid } = forward(model, graph);
  const pair = gatherColumns(model.unembed(weights, resid).logits, graph.ints([1, 2]));
  const [a, b] = split(pair, [1, 1], -1) as [Value, Value];
  const metric = reshape(total(sub(a, b)), [1]);
  graph.output('metric', metric);
  return { graph, metric };
}

function addGradients(graph: Graph, { dims: { nLayers } }: Model, metric: Value): void {
  const names = Array.from({ length: nLayers }, (_, layer) => [
    `blocks.${layer}.hook_resid_post`,
    `blocks.${layer}.attn.hook_z`,
  ]).flat();
  const hooks = ['hook_embed', ...names].map((name) => graph.find(name));
  vjp(metric, hooks).forEach((gradient, i) => {
    graph.output(`gradient ${hooks[i]!.name}`, gradient);
  });
}

export const tokens = (dVocab: number): number[][] =>
  Array.from({ length: BATCH }, (_, row) =>
    Array.from({ length: LENGTH }, (_, pos) => (row * 61 + pos * 37) % dVocab),
  );

interface Opened {
  readonly gemms: readonly Gemm[];
  readonly forward: Session;
  readonly backward: Session;
  readonly feeds: Feeds;
  readonly flops: number;
}

async function compare({ gemms, forward, backward, feeds, flops }: Opened, log: Log) {
  const seconds = await interleaved<string>(
    {
      ...Object.fromEntries(gemms.map(({ name, run }) => [name, run])),
      forward: () => forward.run(feeds),
      'with backward': () => backward.run(feeds),
    },
    { rounds: ROUNDS, log },
  );
  const { peak, all } = fastest(gemms, seconds);
  const forwardRates = seconds.forward!.map((s) => flops / s / 1e9);
  const both = seconds['with backward']!;
  return [
    ...all.map(({ name, rates }) => ({
      name: `Gemm ${name}`,
      value: gflops(rates),
      ...(name === peak.name && { note: 'the peak' }),
    })),
    {
      name: 'forward / peak',
      value: gflops(forwardRates),
      ratio: medianRatio(forwardRates, peak.rates),
      target: '≥ 0.85',
      note: `2 Gemma 2 2B layers, ${BATCH} × ${LENGTH} tokens`,
    },
    {
      name: 'forward + backward / forward',
      value: `${median(both).toFixed(2)} s`,
      ratio: medianRatio(both, seconds.forward!),
      target: '≤ 3.2',
      note: 'gradients at every resid_post, z and the embedding',
    },
  ] satisfies Measurement[];
}
