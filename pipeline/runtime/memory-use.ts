import type { Graph, Value } from '../graph/builder.ts';
import { peakMemory, type Sizes } from '../graph/peak-memory.ts';

/** What memory goes to, in the order in which a plan lists it. */
export const MEMORY_KINDS = [
  'weights',
  'cache',
  'activations',
  'gradients',
  'sae',
  'logits',
] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** A graph, and how long its symbolic axes get when it runs. */
export interface GraphUse {
  /** What it does, in a word or two. */
  readonly name: string;
  readonly graph: () => Graph;
  /** @param batchSize sequences that run together */
  readonly sizes: (batchSize: number) => Sizes;
}

/** Bytes that a graph needs at its peak, by what they are for. */
export type MemoryUse = Readonly<Record<MemoryKind, number>>;

/**
 * What a graph needs where its symbolic axes have these lengths, from shapes alone.
 * @param dVocab by which logits are told from other values
 */
export function memoryUse(graph: Graph, sizes: Sizes, dVocab: number): MemoryUse {
  const { weights, held } = peakMemory(graph, sizes);
  const backward = new Set(
    graph.nodes.slice(graph.backwardFrom ?? graph.nodes.length).flatMap(({ outputs }) => outputs),
  );
  const use = { weights, cache: 0, activations: 0, gradients: 0, sae: 0, logits: 0 };
  for (const { value, bytes } of held) use[kindOf(value, backward, dVocab)] += bytes;
  return use;
}

export const totalUse = (use: MemoryUse): number =>
  MEMORY_KINDS.reduce((sum, kind) => sum + use[kind], 0);

const CACHE = /^(cache|new)_[kv]\./;
const SAE = /^(W_enc|b_enc|W_dec|b_dec|threshold)$/;

function kindOf(value: Value, backward: ReadonlySet<Value>, dVocab: number): MemoryKind {
  if (CACHE.test(value.name)) return 'cache';
  if (SAE.test(value.name)) return 'sae';
  if (value.shape.at(-1) === dVocab) return 'logits';
  return backward.has(value) ? 'gradients' : 'activations';
}
