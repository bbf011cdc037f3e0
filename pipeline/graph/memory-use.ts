import type { Graph, Value } from './builder.ts';
import type { Sizes } from './graph-use.ts';
import { peakMemory } from './peak-memory.ts';

/** What memory is used for, in the order in which a memory plan lists it. */
export const MEMORY_KINDS = [
  'weights',
  'cache',
  'activations',
  'gradients',
  'sae',
  'logits',
] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** Bytes that a graph needs at its peak, by kind. */
export type MemoryUse = Readonly<Record<MemoryKind, number>>;

/**
 * The memory that a graph needs, computed from its shapes.
 * @param sizes lengths of the graph's symbolic axes
 * @param dVocab identifies logits: values whose last axis has this length
 */
function memoryUse(graph: Graph, sizes: Sizes, dVocab: number): MemoryUse {
  const { weights, live } = peakMemory(graph, sizes);
  const backward = new Set(
    graph.nodes.slice(graph.backwardFrom ?? graph.nodes.length).flatMap(({ outputs }) => outputs),
  );
  const use = { weights, cache: 0, activations: 0, gradients: 0, sae: 0, logits: 0 };
  for (const { value, bytes } of live) use[kindOf(value, backward, dVocab)] += ALLOWANCE * bytes;
  return use;
}

/** Memory that the runtime's allocator takes per byte of live values, as measured (test/runtime/memory). */
const ALLOWANCE = 1.2;

/** The largest use of each kind over several sizes. */
export function largestMemoryUse(
  graph: Graph,
  sizes: Sizes | readonly Sizes[],
  dVocab: number,
): MemoryUse {
  const uses = [sizes].flat().map((size) => memoryUse(graph, size, dVocab));
  const largest = (kind: MemoryKind): number => Math.max(...uses.map((use) => use[kind]));
  return {
    weights: largest('weights'),
    cache: largest('cache'),
    activations: largest('activations'),
    gradients: largest('gradients'),
    sae: largest('sae'),
    logits: largest('logits'),
  };
}

export const totalUse = (use: MemoryUse): number =>
  MEMORY_KINDS.reduce((sum, kind) => sum + use[kind], 0);

const CACHE = /^(cache|new)_[kv]\./;
const SAE = /^(W_enc|b_enc|W_dec|b_dec|threshold|W_skip)( of \d+)?$/;

function kindOf(value: Value, backward: ReadonlySet<Value>, dVocab: number): MemoryKind {
  if (CACHE.test(value.name)) return 'cache';
  if (SAE.test(value.name)) return 'sae';
  if (value.shape.at(-1) === dVocab) return 'logits';
  return backward.has(value) ? 'gradients' : 'activations';
}
