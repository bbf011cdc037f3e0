import type { Model } from '../../pipeline/models/model.ts';
import type { Driver } from '../../pipeline/runtime/driver.ts';
import { startRow, tokenBlock } from '../../pipeline/runtime/generate.ts';
import { hostDriver } from '../../pipeline/runtime/host-driver.ts';
import { KvCache } from '../../pipeline/runtime/kv-cache.ts';
import { promptBlock } from '../../pipeline/runtime/read-prompts.ts';
import { stepGraph } from '../../pipeline/runtime/step-graph.ts';
import { flopsOf } from './flops.ts';
import { GEMMS_SHARE } from './full-forward.ts';
import { fastest, gflops, openGemms } from './gemm-peak.ts';
import { interleaved, type Log, type Measurement, median, medianRatio } from './measure.ts';
import { openReads } from './read-bandwidth.ts';

const ROUNDS = 5;
const BATCH = 115;
/** Tokens of the lists that are continued. */
const LENGTH = 32;

/** The random model is open to anything after most tokens, where Gemma is not: its nucleus is made as small as Gemma's. */
const NARROW = 1e-4;

/**
 * One step of generation, beside what bounds it: at batch 1 reading the weights, at the study's 115 lists the products.
 * @param weights folder of the file that the model's weights are mapped from
 */
export async function measureFullSteps(
  model: Model,
  weights: string,
  log: Log,
): Promise<Measurement[]> {
  log('opening a session of the full size');
  const { graph } = stepGraph(model);
  const sizes = { B: BATCH, N: BATCH, T: 1, S: LENGTH, k: 64 };
  const flops = flopsOf(graph, sizes);
  const bytes = weightBytes(model);
  const gemms = await openGemms(weights, BATCH, flops / GEMMS_SHARE);
  const reads = await openReads(weights);
  const driver = await hostDriver(model, {
    provider: 'cpu',
    temperature: 0.8,
    topP: NARROW,
    stopIds: [],
  });
  try {
    const seconds = await interleaved<string>(
      {
        ...Object.fromEntries([...gemms, ...reads].map(({ name, run }) => [name, run])),
        alone: await openStep(driver, model, 1),
        batch: await openStep(driver, model, BATCH),
      },
      { rounds: ROUNDS, log },
    );
    const { peak } = fastest(gemms, seconds);
    const bandwidths = reads.map(({ name, bytes }) => seconds[name]!.map((s) => bytes / s / 1e9));
    const bandwidth = bandwidths.reduce((a, b) => (median(b) > median(a) ? b : a));
    const alone = seconds.alone!.map((s) => bytes / s / 1e9);
    const batch = seconds.batch!.map((s) => flops / s / 1e9);
    return [
      {
        name: 'full-size step at batch 1 / reading its weights',
        value: `${median(seconds.alone!).toFixed(2)} s`,
        ratio: medianRatio(alone, bandwidth),
        target: '≥ 0.8',
        note: `${(bytes / 1e9).toFixed(1)} GB at ${median(alone).toFixed(1)} GB/s, of ${median(bandwidth).toFixed(1)}`,
      },
      {
        name: `full-size step at batch ${BATCH} / peak`,
        value: `${median(seconds.batch!).toFixed(2)} s`,
        ratio: medianRatio(batch, peak.rates),
        target: '≥ 0.7',
        note: `${gflops(batch)}; the peak is ${gflops(peak.rates)}, ${peak.name}`,
      },
    ];
  } finally {
    for (const open of [...gemms, ...reads]) await open.release();
    await driver[Symbol.asyncDispose]();
  }
}

/** A step reads every weight once: the embedding's rows are its own unembedding. */
const weightBytes = (model: Model): number =>
  stepGraph(model).graph.initializers.reduce(
    (sum, held) => sum + ('external' in held ? held.external.bytes : 0),
    0,
  );

/** The next step of as many lists, over and over. */
async function openStep(driver: Driver, { dims }: Model, n: number): Promise<() => Promise<void>> {
  const prompt = Array.from({ length: LENGTH }, (_, pos) => (pos * 37 + 2) % dims.dVocab);
  const rows = Array.from({ length: n }, (_, i) => startRow({ key: `bench ${i}`, prompt }, i, 1));
  const read = new KvCache(dims, 1);
  const sequenceOf = rows.map(() => 0);
  const block = promptBlock([{ key: 'bench', prompt }], sequenceOf);
  let [tokens] = await driver.advance({ cache: read, rows, block }, 1);
  const cache = KvCache.of(sequenceOf.map((row) => read.row(row)));
  return async () => {
    rows.forEach(({ ids }, i) => void ids.push(tokens![i]!));
    [tokens] = await driver.advance({ cache, rows, block: tokenBlock(tokens!, rows) }, 1);
  };
}
