import type { Graph, Value } from './builder.ts';
import type { Sizes } from './graph-use.ts';
import { peakMemory } from './peak-memory.ts';

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
  for (const { value, bytes } of held) use[kindOf(value, backward, dVocab)] += ALLOWANCE * bytes;
  return use;
}

/** What the runtime's allocator takes beyond the values that it holds, as measured (test/memory). */
const ALLOWANCE = 1.2;

/** The most of each kind, at whichever size. */
export function useOf(graph: Graph, sizes: Sizes | readonly Sizes[], dVocab: number): MemoryUse {
  const uses = [sizes].flat().map((each) => memoryUse(graph, each, dVocab));
  const most = MEMORY_KINDS.map((kind) => [kind, Math.max(...uses.map((use) => use[kind]))]);
  return Object.fromEntries(most) as MemoryUse;
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
