import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import type { Model } from '../../models/model.ts';
import { floats, output } from '../../runtime/outputs.ts';
import { type Feeds, type Fetches, openSession, type Session } from '../../runtime/session.ts';
import type { SaeFile, SaeSpec } from '../../sae/sae.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import { metricFeeds } from '../logit-diff.ts';
import {
  type Reader,
  type SequenceBatch,
  type SequencesExtent,
  sequenceBatches,
} from '../reader.ts';
import { deepestOfEachShape, SaeSessions } from '../sae-sessions.ts';
import { type AttributionKind, attributionGraph, rankingSizes } from './attribution-graph.ts';
import {
  type AttributionReading,
  type RankingLengths,
  rankingFeeds,
  swappedFeeds,
} from './attribution-reading.ts';
import { type AttributionRow, attributionRow } from './attribution-rows.ts';
import { gradientGraph, hookFeeds } from './gradient-graph.ts';
import { type PooledFeature, readPool } from './pool.ts';
import { poolGraph } from './pool-graph.ts';

/** Attributions of some sequences' metric to one SAE. */
export interface AttributedRows {
  readonly sae: SaeSpec;
  /** Index of the reading of the first row; the other rows are those of the readings after it. */
  readonly first: number;
  readonly rows: readonly (AttributionRow & {
    /** As `readPool` gives it; empty where it is not asked for. */
    readonly pool: readonly PooledFeature[];
  })[];
}

export interface AttributionOptions extends RankingLengths {
  /** Where features start; at 0 where left out. */
  readonly path?: Path;
  /** Whether `pool` is read of each sequence. */
  readonly pooled?: boolean;
  readonly onRows: (rows: AttributedRows) => void;
  /** @param done number of sequences */
  readonly onProgress?: (done: number) => void;
}

/**
 * Attribute a metric to every feature of many SAEs by the gradient at each sequence as it is.
 *
 * 1. One forward and one backward pass per batch compute activations and gradients at all hooks; one more forward pass
 *    the activations after the swapped prompt, where the path starts there.
 * 2. For each SAE, two matrix products (a third after the swapped prompt) compute all attributions; the graph ranks them.
 */
export async function attributeSaes(
  reader: Reader,
  saes: readonly SaeFile[],
  readings: readonly AttributionReading[],
  { path = 'zero', pooled = false, onRows, onProgress, ...lengths }: AttributionOptions,
): Promise<void> {
  const { uncounted } = reader;
  const kind: AttributionKind = { path, method: 'gradient' };
  await using gradients = await openSession(gradientGraph(reader.model, saes), reader);
  await using sessions = new SaeSessions(reader, (dims) => attributionGraph(dims, kind));
  await using pools = new SaeSessions(reader, (dims) => poolGraph(dims, path));
  let done = 0;
  for (const part of sequenceBatches(reader, readings)) {
    const { batch, sequences } = part;
    const hookValues = await gradients.run({ ...batch.feeds, ...metricFeeds(sequences, batch) });
    const swapped = path === 'swapped' ? await readSwapped(gradients, part, saes) : null;
    const metrics = [...floats(hookValues, 'metric')].map((end) => ({
      start: null,
      end,
      points: 1,
    }));
    for (const sae of saes) {
      const session = await sessions.sessionFor(sae);
      const { params, dSae } = await sae.load();
      const outputs = await session.run({
        ...params,
        ...rankingFeeds(part, uncounted, { ...lengths, dSae }),
        ...hookFeeds(sae, hookValues),
        ...startFeeds(sae, swapped),
      });
      const rows = sequences.map((sequence, row) =>
        attributionRow({ outputs, batch, dSae, uncounted, metrics }, row, sequence.lengths),
      );
      const { x, gradient } = hookFeeds(sae, hookValues);
      const poolFeeds = { ...params, x, 'mean gradient': gradient, ...startFeeds(sae, swapped) };
      const pool = pooled
        ? await readPool(await pools.sessionFor(sae), poolFeeds, rows, { batch, dSae })
        : rows.map(() => []);
      onRows({ sae, first: done, rows: rows.map((row, i) => ({ ...row, pool: pool[i]! })) });
    }
    done += sequences.length;
    onProgress?.(done);
  }
}

/** The values of the hooks that the SAEs read, after the swapped prompt. */
const readSwapped = (
  gradients: Session,
  part: SequenceBatch<AttributionReading>,
  saes: readonly SaeSpec[],
): Promise<Fetches> => {
  const hooks = [...new Set(saes.map(({ hook }) => hook))];
  const metric = metricFeeds(part.sequences, part.batch);
  return gradients.run({ ...swappedFeeds(part), ...metric }, hooks);
};

const startFeeds = ({ hook }: SaeSpec, swapped: Fetches | null): Feeds =>
  swapped ? { 'swapped x': output(swapped, hook) } : {};

/** The gradient graph, and one attribution graph for each shape of SAE and path. */
export function attributionUses(
  model: Model,
  saes: readonly SaeSpec[],
  extent: SequencesExtent & RankingLengths & { readonly paths?: readonly Path[] },
): GraphUse[] {
  const gradient: GraphUse = {
    name: 'gradient',
    graph: () => gradientGraph(model, saes),
    sizes: (B) => ({ B, T: extent.tokens }),
  };
  const kinds = (extent.paths ?? ['zero']).map((path) => ({ path, method: 'gradient' }) as const);
  return [limitBatch(extent.sequences, gradient), ...rankingUses(saes, extent, kinds)];
}

/** One attribution graph for each shape of SAE and kind of attribution. */
export const rankingUses = (
  saes: readonly SaeSpec[],
  { tokens, sequences, top, topOfPart }: SequencesExtent & RankingLengths,
  kinds: readonly AttributionKind[],
): GraphUse[] =>
  deepestOfEachShape(saes).flatMap((sae) =>
    kinds.map((kind) =>
      limitBatch(sequences, {
        name: kind.path === 'zero' ? sae.id : `${sae.id} swap`,
        graph: () => attributionGraph(sae, kind),
        sizes: (B) => ({ B, T: tokens, ...rankingSizes(top, topOfPart) }),
      }),
    ),
  );
