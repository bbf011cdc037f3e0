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
import { shortageOf } from '../sources/disk-space.ts';
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

export interface StoreOptions {
  readonly hooks: readonly string[];
  readonly dir: string;
  /** @param done number of sequences */
  readonly onProgress: (done: number) => void;
}

/** Run the model over the corpus and store the values of some hooks. A folder that has all of these is opened. */
export async function storeActivations(
  reader: Reader,
  sequences: readonly Written[],
  options: StoreOptions,
): Promise<ActivationStore> {
  const { dir, hooks } = options;
  if (!isStored(dir, hooks)) await writeStore(reader, sequences, options);
  return openStore(dir);
}

interface Rows {
  readonly tokens: number[];
  readonly distinct: number;
  readonly widths: Record<string, number>;
}

const readRows = (dir: string): Rows => JSON.parse(readFileSync(join(dir, ROWS), 'utf8'));

/** Whether a folder has the activations of some hooks; it appears when its files are whole. */
const isStored = (dir: string, hooks: readonly string[]): boolean =>
  existsSync(dir) && hooks.every((hook) => hook in readRows(dir).widths);

function openStore(dir: string): ActivationStore {
  const { tokens, distinct, widths } = readRows(dir);
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
  { hooks, dir, onProgress }: StoreOptions,
): Promise<void> {
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const graph = hookGraph(reader, hooks);
  const widths = Object.fromEntries(
    hooks.map((hook) => [hook, Number(graph.find(hook).shape.at(-1))]),
  );
  const { kept, distinct } = keptPositions(sequences, reader.uncounted);
  checkSpace(partial, widths, kept.flat().length);
  const options = { graph, widths, kept, dir: partial, onProgress };
  const tokens = await writeHooks(reader, sequences, options);
  writeFileSync(join(partial, ROWS), JSON.stringify({ tokens, distinct, widths } satisfies Rows));
  rmSync(dir, { recursive: true, force: true });
  renameSync(partial, dir);
}

/** @throws where the disk has no room for the activations of all hooks */
function checkSpace(dir: string, widths: Readonly<Record<string, number>>, rows: number): void {
  const needed = 4 * rows * Object.values(widths).reduce((sum, width) => sum + width, 0);
  const what = `the activations of ${Object.keys(widths).length} hooks need`;
  const shortage = shortageOf(dir, what, needed);
  if (shortage) throw new Error(`${shortage}: make room, or name fewer SAEs in the study`);
}

/** The model with some hooks as outputs. */
function hookGraph({ model }: Reader, hooks: readonly string[]): Graph {
  const graph = new Graph();
  forward(model, graph);
  for (const hook of hooks) graph.output(hook, graph.find(hook));
  return graph;
}

interface HookOptions extends Pick<StoreOptions, 'dir' | 'onProgress'> {
  readonly graph: Graph;
  /** Width of each hook's activations. */
  readonly widths: Readonly<Record<string, number>>;
  /** [sequence]: the positions that are stored. */
  readonly kept: readonly (readonly number[])[];
}

/** Run the model over the corpus, and write a file of each hook. @returns the token of each row */
async function writeHooks(
  reader: Reader,
  sequences: readonly Written[],
  { graph, widths, kept, dir, onProgress }: HookOptions,
): Promise<number[]> {
  const files = Object.entries(widths).map(([hook, width]) => {
    return { hook, width, file: openSync(join(dir, hook), 'w') };
  });
  const tokens: number[] = [];
  let done = 0;
  await using session = await openSession(graph, reader);
  for (const part of sequenceBatches(reader, sequences, { order: 'by length' })) {
    const outputs = await session.run(part.batch.feeds);
    for (const { hook, width, file } of files)
      part.indices.forEach((index, row) => {
        const values = part.batch.unpadded(floats(outputs, hook), row, { width });
        writeSync(file, rowsOf(values, kept[index]!, width));
      });
    for (const [row, index] of part.indices.entries())
      tokens.push(...kept[index]!.map((pos) => part.sequences[row]!.ids[pos]!));
    done += part.indices.length;
    onProgress(done);
  }
  for (const { file } of files) closeSync(file);
  return tokens;
}

/** Some rows of [n, width], one after the other. */
function rowsOf(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return out;
}
