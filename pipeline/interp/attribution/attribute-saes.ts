import { type GraphUse, limitBatch } from '../../graph/graph-use.ts';
import { int64 } from '../../graph/tensor.ts';
import type { Model } from '../../models/model.ts';
import { type Feeds, openSession } from '../../runtime/session.ts';
import type { SaeFile, SaeSpec } from '../../sae/sae.ts';
import { type MetricReading, metricFeeds } from '../logit-diff.ts';
import {
  type Reader,
  type SequenceBatch,
  type SequencesExtent,
  sequenceBatches,
} from '../reader.ts';
import { SaeSessions, shapesOf } from '../sae-sessions.ts';
import { attributionGraph, PARTS, type Part, rankingSizes } from './attribution-graph.ts';
import { type AttributionRow, attributionRow } from './attribution-rows.ts';
import { atHooksOf, gradientGraph } from './gradient-graph.ts';

/** A sequence whose metric is attributed. */
export interface AttributionReading extends MetricReading {
  /** Its first tokens: the prompt, and the prefix that is kept where only its ending is written again. */
  readonly lengths: Readonly<Record<Part, number>>;
}

/** How many features are kept of each sequence and SAE. */
export interface Tops {
  /** By value, and by magnitude. */
  readonly top: number;
  /** Of each part, by value. */
  readonly topOfPart: number;
}

/** What one SAE has a part in, of some sequences. */
export interface AttributedRows {
  readonly sae: SaeSpec;
  /** Which of the readings the first row is of; the others follow in their order. */
  readonly first: number;
  readonly rows: readonly AttributionRow[];
}

export interface AttributionOptions extends Tops {
  readonly onRows: (rows: AttributedRows) => void;
  readonly onProgress?: (done: number) => void;
}

/**
 * Attribute a metric to every feature of many SAEs.
 *
 * 1. One forward and one backward a batch give activation and gradient at every hook.
 * 2. SAEs pass one at a time: two matrix products each, then the largest are picked inside the graph.
 */
export async function attributeSaes(
  reader: Reader,
  saes: readonly SaeFile[],
  readings: readonly AttributionReading[],
  { onRows, onProgress, ...tops }: AttributionOptions,
): Promise<void> {
  const { uncounted } = reader;
  await using gradients = await openSession(gradientGraph(reader.model, saes), reader);
  await using sessions = new SaeSessions(reader, attributionGraph);
  let done = 0;
  for (const part of sequenceBatches(reader, readings)) {
    const { batch, sequences } = part;
    const feeds = { ...batch.feeds, ...metricFeeds(sequences, batch) };
    const atHooks = await gradients.run(feeds);
    for (const sae of saes) {
      const session = await sessions.of(sae);
      const { params, dSae } = await sae.load();
      const fed = {
        ...rankingFeeds(part, uncounted, { ...tops, dSae }),
        ...atHooksOf(sae, atHooks),
      };
      const outputs = await session.run({ ...params, ...fed });
      const rows = sequences.map(({ lengths }, row) =>
        attributionRow({ outputs, batch, dSae, uncounted }, row, lengths),
      );
      onRows({ sae, first: done, rows });
    }
    done += sequences.length;
    onProgress?.(done);
  }
}

/** What the rankings of a batch are made from. No ranking is longer than there are features and positions. */
function rankingFeeds(
  { batch, sequences }: SequenceBatch<AttributionReading>,
  uncounted: number,
  { top, topOfPart, dSae }: Tops & { readonly dSae: number },
): Feeds {
  const within = (part: Part) =>
    batch.mask(
      uncounted,
      sequences.map(({ lengths }) => lengths[part]),
    );
  const atMost = (n: number) => int64([Math.min(n, batch.length * dSae)], [1]);
  return {
    counted: batch.mask(uncounted),
    ...Object.fromEntries(PARTS.map((part) => [part, within(part)])),
    k: atMost(top),
    'k of part': atMost(topOfPart),
  };
}

/** The graph of the gradient, and one of each shape of SAE. */
export function attributionUses(
  model: Model,
  saes: readonly SaeSpec[],
  { tokens, sequences, top, topOfPart }: SequencesExtent & Tops,
): GraphUse[] {
  const sizes = (B: number) => ({ B, T: tokens, ...rankingSizes(top, topOfPart) });
  const uses: GraphUse[] = [
    { name: 'gradient', graph: () => gradientGraph(model, saes), sizes },
    ...shapesOf(saes).map((sae) => ({ name: sae.id, graph: () => attributionGraph(sae), sizes })),
  ];
  return uses.map((use) => limitBatch(sequences, use));
}
