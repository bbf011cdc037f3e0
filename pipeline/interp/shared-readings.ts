import { padLeft } from '../runtime/batch.ts';
import { type Addition, firstChange } from '../runtime/intervention.ts';
import type { Sequence, SequenceBatch } from './reader.ts';

/** A sequence, and vectors to add at a hook while it is read. */
export interface AddedSequence extends Sequence {
  readonly additions: readonly Addition[];
}

/** A batch without the first tokens of its sequences. */
export interface Part<S extends Sequence> extends SequenceBatch<S> {
  /** [row]: number of tokens that are left out, because they are in a cache. */
  readonly starts: readonly number[];
}

/** Some sequences with all readings of them. */
export interface ReadingGroup {
  /** Indices of all readings. */
  readonly readings: readonly number[];
  /** For each sequence that is read several times, the indices of its readings. */
  readonly repeated: readonly (readonly number[])[];
}

/** Batches of readings in a group: among so many, some have similar lengths, and the keys and values of all sequences fit. */
const BATCHES = 8;

/** Readings by their sequences, those of similar length together, at most a batch of sequences and some batches of readings. */
export function groupReadings(sequences: readonly Sequence[], batchSize: number): ReadingGroup[] {
  const bySequence = [...Map.groupBy(sequences.keys(), (i) => keyOf(sequences[i]!)).values()];
  const lengthOf = ([first]: readonly number[]) => sequences[first!]!.ids.length;
  bySequence.sort((a, b) => lengthOf(a) - lengthOf(b));
  const groups: number[][][] = [];
  let room = 0;
  for (const readings of bySequence) {
    const last = groups.at(-1);
    room -= readings.length;
    if (last && room >= 0 && last.length < batchSize) last.push(readings);
    else {
      groups.push([readings]);
      room = BATCHES * batchSize - readings.length;
    }
  }
  return groups.map((group) => ({
    readings: group.flat(),
    repeated: group.filter(({ length }) => length > 1),
  }));
}

/** Sequences with equal keys are the same. */
export const keyOf = ({ ids }: Sequence): string => ids.join();

/** Some of the sequences as a batch. @param starts [row]: number of tokens that are left out; 0 where left out */
export function partOf<S extends Sequence>(
  all: readonly S[],
  indices: readonly number[],
  starts: readonly number[] = indices.map(() => 0),
): Part<S> {
  const sequences = indices.map((i) => all[i]!);
  const batch = padLeft(
    sequences.map(({ ids }) => ids),
    starts,
  );
  return { sequences, indices, starts, batch };
}

/**
 * The readings of a group in batches, those of similar length together. Of a sequence that is read several times, each
 * begins with its first addition.
 */
export function* partsOf<S extends AddedSequence>(
  all: readonly S[],
  { readings, repeated }: ReadingGroup,
  batchSize: number,
): Generator<Part<S>> {
  const inCache = new Set(repeated.flat());
  const startOf = (i: number) =>
    inCache.has(i) ? firstChange(all[i]!.ids.length, all[i]!.additions) : 0;
  const queue = readings.map((i) => ({
    i,
    start: startOf(i),
    tokens: all[i]!.ids.length - startOf(i),
  }));
  queue.sort((a, b) => a.tokens - b.tokens);
  for (let at = 0; at < queue.length; at += batchSize) {
    const part = queue.slice(at, at + batchSize);
    yield partOf(
      all,
      part.map(({ i }) => i),
      part.map(({ start }) => start),
    );
  }
}
