import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import { flopsOf } from './flops.ts';
import { BATCH, LENGTH, metricGraph, tokens } from './forward.ts';
import { fastest, gflops, openGemms } from './gemm-peak.ts';
import { interleaved, type Log, type Measurement, medianRatio } from './measure.ts';

const ROUNDS = 3;

/**
 * What a pass over all of Gemma 2 2B, unembedding included, costs beyond its matrix products.
 * @param weights folder of the file that the model's weights are mapped from
 */
export async function measureFullForward(
  model: Model,
  weights: string,
  log: Log,
): Promise<Measurement[]> {
  log('opening a session of the full size');
  const { graph } = metricGraph(model);
  const flops = flopsOf(graph, { B: BATCH, T: LENGTH });
  const feeds = padLeft(tokens(model.dims.dVocab)).feeds;
  const gemms = await openGemms(weights, BATCH * LENGTH, flops / GEMMS_SHARE);
  const session = await openSession(graph, { provider: 'cpu' });
  try {
    const seconds = await interleaved<string>(
      {
        ...Object.fromEntries(gemms.map(({ name, run }) => [name, run])),
        forward: () => session.run(feeds),
      },
      { rounds: ROUNDS, log },
    );
    const { peak } = fastest(gemms, seconds);
    const rates = seconds.forward!.map((s) => flops / s / 1e9);
    return [
      {
        name: 'full-size forward / peak',
        value: gflops(rates),
        ratio: medianRatio(rates, peak.rates),
        target: '≥ 0.9',
        note: `${BATCH} × ${LENGTH} tokens, all unembedded; the peak is ${gflops(peak.rates)}, ${peak.name}`,
      },
    ];
  } finally {
    for (const open of [...gemms, session]) await open.release();
  }
}

/** A product alone need not take as long as the whole pass, whose weights the system may take back meanwhile. */
export const GEMMS_SHARE = 5;
