import { float32, int64, type Tensor } from '../graph/tensor.ts';
import { NEVER } from '../models/attention-bias.ts';
import type { Feeds } from './session.ts';

/** Sequences of several lengths as one block, padded on the left: the last tokens stand in one column. */
export interface Batch {
  readonly rows: number;
  readonly length: number;
  /** [rows]: tokens of padding before each sequence. */
  readonly pads: readonly number[];
  /** The inputs of models/forward.ts. */
  readonly feeds: Feeds;
}

/** Positions count from 0 at each sequence's own first token. */
export function padLeft(sequences: readonly (readonly number[])[]): Batch {
  const rows = sequences.length;
  const length = Math.max(...sequences.map((sequence) => sequence.length));
  const pads = sequences.map((sequence) => length - sequence.length);
  const fill = (at: (row: number, pos: number) => number, padding: number): Tensor =>
    int64(
      sequences.flatMap((_, row) =>
        Array.from({ length }, (_, i) => (i < pads[row]! ? padding : at(row, i - pads[row]!))),
      ),
      [rows, length],
    );
  return {
    rows,
    length,
    pads,
    feeds: {
      ids: fill((row, pos) => sequences[row]![pos]!, 0),
      positions: fill((_, pos) => pos, 0),
      key_positions: fill((_, pos) => pos, NEVER),
    },
  };
}

/** Indices of sequences, those of about one length in one batch: little padding. */
export function batchesByLength(lengths: readonly number[], batchSize: number): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]!);
  const starts = Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) => i);
  return starts.map((i) => order.slice(i * batchSize, (i + 1) * batchSize));
}

/** [rows, length, 1]: 0 at padding and at the first token of each sequence, BOS; else 1. */
export const afterBos = (batch: Batch): Tensor =>
  afterBosUntil(
    batch,
    batch.pads.map((pad) => batch.length - pad),
  );

/** The same, and 0 from `ends[row]` tokens on. */
export const afterBosUntil = ({ rows, length, pads }: Batch, ends: readonly number[]): Tensor =>
  float32(
    Float32Array.from({ length: rows * length }, (_, i) => {
      const row = Math.floor(i / length);
      const pos = (i % length) - pads[row]!;
      return pos > 0 && pos < ends[row]! ? 1 : 0;
    }),
    [rows, length, 1],
  );
