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
import { deepestOfEachShape, SaeSessions } from '../sae-sessions.ts';
import { attributionGraph, PARTS, type Part, rankingSizes } from './attribution-graph.ts';
import { type AttributionRow, attributionRow } from './attribution-rows.ts';
import { gradientGraph, hookFeeds } from './gradient-graph.ts';

/** A sequence whose metric is attributed. */
export interface AttributionReading extends MetricReading {
  /** Number of tokens of each part of the sequence; both parts start at its first token. */
  readonly lengths: Readonly<Record<Part, number>>;
}

/** Number of features in the rankings of one sequence and SAE. */
export interface RankingLengths {
  /** In the rankings by value and by magnitude. */
  readonly top: number;
  /** In the ranking by value within each part. */
  readonly topOfPart: number;
}

/** Attributions of some sequences' metric to one SAE. */
export interface AttributedRows {
  readonly sae: SaeSpec;
  /** Index of the reading of the first row; the other rows are those of the readings after it. */
  readonly first: number;
  readonly rows: readonly AttributionRow[];
}

export interface AttributionOptions extends RankingLengths {
  readonly onRows: (rows: AttributedRows) => void;
  /** @param done number of sequences */
  readonly onProgress?: (done: number) => void;
}

/**
 * Attribute a metric to every feature of many SAEs.
 *
 * 1. One forward and one backward pass per batch compute activations and gradients at all hooks.
 * 2. For each SAE, two matrix products compute all attributions; the graph ranks them.
 */
export async function attributeSaes(
  reader: Reader,
  saes: readonly SaeFile[],
  readings: readonly AttributionReading[],
  { onRows, onProgress, ...lengths }: AttributionOptions,
): Promise<void> {
  const { uncounted } = reader;
  await using gradients = await openSession(gradientGraph(reader.model, saes), reader);
  await using sessions = new SaeSessions(reader, attributionGraph);
  let done = 0;
  for (const part of sequenceBatches(reader, readings)) {
    const { batch, sequences } = part;
    const hookValues = await gradients.run({ ...batch.feeds, ...metricFeeds(sequences, batch) });
    for (const sae of saes) {
      const session = await sessions.sessionFor(sae);
      const { params, dSae } = await sae.load();
      const outputs = await session.run({
        ...params,
        ...rankingFeeds(part, uncounted, { ...lengths, dSae }),
        ...hookFeeds(sae, hookValues),
      });
      const rows = sequences.map((sequence, row) =>
        attributionRow({ outputs, batch, dSae, uncounted }, row, sequence.lengths),
      );
      onRows({ sae, first: done, rows });
    }
    done += sequences.length;
    onProgress?.(done);
  }
}

/** The masks and lengths of a batch's rankings. A ranking is no longer than positions times features. */
function rankingFeeds(
  { batch, sequences }: SequenceBatch<AttributionReading>,
  uncounted: number,
  { top, topOfPart, dSae }: RankingLengths & { readonly dSae: number },
): Feeds {
  const partMask = (part: Part) =>
    batch.mask(
      uncounted,
      sequences.map(({ lengths }) => lengths[part]),
    );
  const limited = (k: number) => int64([Math.min(k, batch.length * dSae)], [1]);
  return {
    counted: batch.mask(uncounted),
    ...Object.fromEntries(PARTS.map((part) => [part, partMask(part)])),
    k: limited(top),
    'k of part': limited(topOfPart),
  };
}

/** The gradient graph, and one attribution graph for each shape of SAE. */
export function attributionUses(
  model: Model,
  saes: readonly SaeSpec[],
  { tokens, sequences, top, topOfPart }: SequencesExtent & RankingLengths,
): GraphUse[] {
  const sizes = (B: number) => ({ B, T: tokens, ...rankingSizes(top, topOfPart) });
  const uses: GraphUse[] = [
    { name: 'gradient', graph: () => gradientGraph(model, saes), sizes },
    ...deepestOfEachShape(saes).map((sae) => ({
      name: sae.id,
      graph: () => attributionGraph(sae),
      sizes,
    })),
  ];
  return uses.map((use) => limitBatch(sequences, use));
}
