import { float32 } from '../../pipeline/graph/tensor.ts';
import { attributeSaes } from '../../pipeline/interp/attribution/attribute-saes.ts';
import { SaeAttribution } from '../../pipeline/interp/attribution/attribution.ts';
import { CountedPlaces } from '../../pipeline/interp/attribution/counted-places.ts';
import type { PooledRow } from '../../pipeline/interp/attribution/pool.ts';
import { hookGraph } from '../../pipeline/interp/feature-activations.ts';
import type { Model } from '../../pipeline/models/model.ts';
import { padLeft } from '../../pipeline/runtime/batch.ts';
import { floatTensor } from '../../pipeline/runtime/outputs.ts';
import { openSession } from '../../pipeline/runtime/session.ts';
import type { Sae, SaeFile } from '../../pipeline/sae/sae.ts';
import { cpuReader } from '../reader.ts';

export const BATCH = 8;
export const LENGTH = 64;
export const LENGTHS = { prompt: LENGTH / 2, prefix: LENGTH - 2 };
export const TOPS = { top: 100, topOfPart: 20 };
export const PAIR = [1, 2] as const;

export const idsOf = ({ dims }: Model): number[][] =>
  Array.from({ length: BATCH }, (_, row) =>
    Array.from({ length: LENGTH }, (_, pos) => (row * 61 + pos * 37) % dims.dVocab),
  );

const readerOf = (model: Model) => cpuReader(model, { batchSize: BATCH });

/** Sequences whose last position is attributed. */
const passOf = (model: Model, batches: number) => {
  const reading = { metricPos: LENGTH - 1, lengths: LENGTHS, pair: PAIR };
  const readings = idsOf(model).map((ids) => ({ ...reading, ids }));
  return {
    path: 'zero',
    readings: Array.from({ length: batches }, () => readings).flat(),
  } as const;
};

/** Attribute one batch. */
export const attribute = (model: Model, saes: readonly SaeFile[]): Promise<void> =>
  attributeSaes(readerOf(model), saes, [passOf(model, 1)], { ...TOPS, onRows: () => {} });

/** Seconds that a batch takes once the sessions are open, and what the last SAE has of the last batch. */
export async function secondBatch(
  model: Model,
  saes: readonly SaeFile[],
): Promise<{ seconds: number; rows: readonly PooledRow[] }> {
  const ends: number[] = [];
  let last: readonly PooledRow[] = [];
  await attributeSaes(readerOf(model), saes, [passOf(model, 2)], {
    ...TOPS,
    onRows: ({ rows }) => {
      last = rows;
    },
    onProgress: () => ends.push(performance.now()),
  });
  return { seconds: (ends[1]! - ends[0]!) / 1000, rows: last };
}

/** The SAE of which as many features are active at a position as asked, on average: thresholds are where they must be. */
export async function withL0(model: Model, sae: Sae, l0s: readonly number[]): Promise<Sae[]> {
  const reader = readerOf(model);
  const batch = padLeft(idsOf(model));
  await using session = await openSession(hookGraph(model, [sae]), reader);
  await using attribution = new SaeAttribution(reader);
  const places = new CountedPlaces(batch, reader.uncounted);
  const x = places.gather(floatTensor(await session.run(batch.feeds), sae.hook));
  const thresholdAt = (value: number) => ({
    ...sae,
    params: {
      ...sae.params,
      threshold: float32(new Float32Array(sae.dSae).fill(value), [sae.dSae]),
    },
  });
  const { cells } = await attribution.encode(thresholdAt(0), x, null);
  const acts = cells.acts.toSorted();
  return l0s.map((l0) => thresholdAt(acts.at(-l0 * places.length - 1)!));
}
