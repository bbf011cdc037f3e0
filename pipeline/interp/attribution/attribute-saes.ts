import type { Graph } from '../../graph/builder.ts';
import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import type { Model } from '../../models/model.ts';
import { floats, floatTensor } from '../../runtime/outputs.ts';
import { type Fetches, openSession, type Session } from '../../runtime/session.ts';
import type { Sae, SaeFile, SaeSpec } from '../../sae/sae.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import { metricFeeds } from '../logit-diff.ts';
import {
  type Reader,
  type SequenceBatch,
  type SequencesExtent,
  sequenceBatches,
} from '../reader.ts';
import { deepestOfEachShape } from '../sae-sessions.ts';
import { SaeAttribution } from './attribution.ts';
import {
  type AttributionPass,
  type AttributionReading,
  type RankingLengths,
  swappedFeeds,
} from './attribution-reading.ts';
import { CountedPlaces } from './counted-places.ts';
import { gradientGraph, hookValues } from './gradient-graph.ts';
import { type PooledRow, pooledRows } from './pool.ts';
import { placesGraph, slopesGraph } from './sae-graphs.ts';

/** Attributions of some sequences' metric to one SAE. */
export interface AttributedRows {
  readonly sae: SaeSpec;
  /** Index of the pass. */
  readonly pass: number;
  /** Index of the reading of the first row; the other rows are those of the readings after it. */
  readonly first: number;
  readonly rows: readonly PooledRow[];
}

export interface AttributionOptions extends RankingLengths {
  readonly onRows: (rows: AttributedRows) => void;
  /** @param done number of sequences, of all passes */
  readonly onProgress?: (done: number) => void;
}

/**
 * Attribute metrics to the features of many SAEs by the gradient at each sequence as it is. Sessions are opened once for
 * all passes.
 *
 * 1. One forward and one backward pass per batch compute activations and gradients at all hooks; one more forward pass
 *    the activations after the swapped prompt, where the path starts there.
 * 2. For each SAE, the encoder's product (two after the swapped prompt) finds the features that are active, and
 *    `SaeAttribution` attributes to these.
 */
export async function attributeSaes(
  reader: Reader,
  saes: readonly SaeFile[],
  passes: readonly AttributionPass[],
  { onRows, onProgress, ...tops }: AttributionOptions,
): Promise<void> {
  await using gradients = await openSession(gradientGraph(reader.model, saes), reader);
  await using attribution = new SaeAttribution(reader);
  let done = 0;
  for (const [p, pass] of passes.entries()) {
    let first = 0;
    for (const part of sequenceBatches(reader, pass.readings)) {
      const hooks = await readHooks(gradients, saes, pass, part);
      for (const file of saes) {
        const sae = await file.load();
        const rows = await attributeBatch({ reader, attribution, pass, tops }, sae, part, hooks);
        onRows({ sae, pass: p, first, rows });
      }
      first += part.sequences.length;
      done += part.sequences.length;
      onProgress?.(done);
    }
  }
}

type AttributionBatch = SequenceBatch<AttributionReading>;

/** Outputs of the gradient graph in one batch. */
interface BatchHooks {
  readonly values: Fetches;
  /** The values that the SAEs read, after the swapped prompt; null where no path starts there. */
  readonly swapped: Fetches | null;
}

async function readHooks(
  gradients: Session,
  saes: readonly SaeSpec[],
  { path }: AttributionPass,
  part: AttributionBatch,
): Promise<BatchHooks> {
  const metric = metricFeeds(part.sequences, part.batch);
  const values = await gradients.run({ ...part.batch.feeds, ...metric });
  if (path === 'zero') return { values, swapped: null };
  const hooks = [...new Set(saes.map(({ hook }) => hook))];
  return { values, swapped: await gradients.run({ ...swappedFeeds(part), ...metric }, hooks) };
}

interface Tools {
  readonly reader: Reader;
  readonly attribution: SaeAttribution;
  readonly pass: AttributionPass;
  readonly tops: RankingLengths;
}

async function attributeBatch(
  { reader, attribution, pass, tops }: Tools,
  sae: Sae,
  { batch, sequences }: AttributionBatch,
  { values, swapped }: BatchHooks,
): Promise<PooledRow[]> {
  const places = new CountedPlaces(batch, reader.uncounted);
  const { x, output, gradient } = hookValues(sae, values);
  const startX = swapped && places.gather(floatTensor(swapped, sae.hook));
  const encoded = await attribution.encode(sae, places.gather(x), startX);
  const found = await attribution.attribute(sae, encoded, {
    output: places.gather(output),
    gradient: places.gather(gradient),
  });
  const metrics = Array.from(floats(values, 'metric'), (end) => ({ start: null, end, points: 1 }));
  return pooledRows({ attribution: found, places, metrics }, sequences, { pass, tops });
}

/** Sequences, and the paths along which they are attributed. */
export interface AttributionExtent extends SequencesExtent {
  readonly paths: readonly Path[];
}

/** The graphs of `attributeSaes`: that of the gradient, and those of each shape of SAE. */
export function attributionUses(
  model: Model,
  saes: readonly SaeSpec[],
  extent: AttributionExtent,
): GraphUse[] {
  const gradient: GraphUse = {
    name: 'gradient',
    graph: () => gradientGraph(model, saes),
    sizes: (B) => ({ B, T: extent.tokens }),
  };
  return [limitBatch(extent.sequences, gradient), ...saeUses(saes, extent)];
}

/** The largest graphs of each shape of SAE: the encoder, of the values at both ends of a path, and the decoder's product. */
export const saeUses = (
  saes: readonly SaeSpec[],
  { tokens, sequences, paths }: AttributionExtent,
): GraphUse[] =>
  deepestOfEachShape(saes).flatMap((sae) => {
    const use = (name: string, graph: () => Graph, ends: number) =>
      limitBatch(sequences, { name, graph, sizes: (B) => ({ N: ends * B * tokens }) });
    const ends = paths.includes('swapped') ? 2 : 1;
    return [
      use(sae.id, () => placesGraph(sae), ends),
      use(`${sae.id} slopes`, () => slopesGraph(sae), 1),
    ];
  });
