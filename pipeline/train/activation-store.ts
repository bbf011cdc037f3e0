import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Graph } from '../graph/builder.ts';
import { type Reader, sequenceBatches } from '../interp/reader.ts';
import { forward } from '../models/forward.ts';
import { floats } from '../runtime/outputs.ts';
import { openSession } from '../runtime/session.ts';
import type { Activations } from './activations.ts';
import type { Written } from './corpus.ts';
import { keptPositions } from './kept-positions.ts';

/** The activations of several hooks on disk: a file of float32 values for each hook, with equal rows of all. */
export interface ActivationStore {
  /** [row]: the token at which the activation was read. */
  readonly tokens: readonly number[];
  /** Rows that differ in their token or in a token before it. */
  readonly distinct: number;
  read(hook: string): Activations;
}

const ROWS = 'rows.json';

/** Run the model over the corpus and store the values of some hooks. What is stored already is opened. */
export async function storeActivations(
  reader: Reader,
  sequences: readonly Written[],
  {
    hooks,
    dir,
    onProgress,
  }: {
    readonly hooks: readonly string[];
    readonly dir: string;
    readonly onProgress: (done: number) => void;
  },
): Promise<ActivationStore> {
  if (!existsSync(join(dir, ROWS))) await writeStore(reader, sequences, { hooks, dir, onProgress });
  return openStore(dir);
}

interface Rows {
  readonly tokens: number[];
  readonly distinct: number;
  readonly widths: Record<string, number>;
}

function openStore(dir: string): ActivationStore {
  const { tokens, distinct, widths }: Rows = JSON.parse(readFileSync(join(dir, ROWS), 'utf8'));
  return {
    tokens,
    distinct,
    read: (hook) => {
      const { buffer, byteOffset, byteLength } = readFileSync(join(dir, hook));
      const data = new Float32Array(buffer, byteOffset, byteLength / 4);
      return { n: tokens.length, width: widths[hook]!, data };
    },
  };
}

async function writeStore(
  reader: Reader,
  sequences: readonly Written[],
  {
    hooks,
    dir,
    onProgress,
  }: {
    readonly hooks: readonly string[];
    readonly dir: string;
    readonly onProgress: (done: number) => void;
  },
): Promise<void> {
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const graph = new Graph();
  forward(reader.model, graph);
  for (const hook of hooks) graph.output(hook, graph.find(hook));
  const widths = Object.fromEntries(
    hooks.map((hook) => [hook, Number(graph.find(hook).shape.at(-1))]),
  );
  const { kept, distinct } = keptPositions(sequences, reader.uncounted);
  const files = new Map(hooks.map((hook) => [hook, openSync(join(partial, hook), 'w')]));
  const tokens: number[] = [];
  let done = 0;
  await using session = await openSession(graph, reader);
  for (const part of sequenceBatches(reader, sequences, { order: 'by length' })) {
    const outputs = await session.run(part.batch.feeds);
    for (const [hook, file] of files)
      part.indices.forEach((index, row) => {
        const values = part.batch.unpadded(floats(outputs, hook), row, { width: widths[hook]! });
        writeSync(file, rowsOf(values, kept[index]!, widths[hook]!));
      });
    for (const [row, index] of part.indices.entries())
      tokens.push(...kept[index]!.map((pos) => part.sequences[row]!.ids[pos]!));
    done += part.indices.length;
    onProgress(done);
  }
  for (const file of files.values()) closeSync(file);
  writeFileSync(join(partial, ROWS), JSON.stringify({ tokens, distinct, widths } satisfies Rows));
  rmSync(dir, { recursive: true, force: true });
  renameSync(partial, dir);
}

/** Some rows of [n, width], one after the other. */
function rowsOf(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return out;
}
