import { Removals, type Removed } from '../../interp/circuit/removals.ts';
import type { Decision } from '../../interp/circuit/target-vectors.ts';
import type { TracedCircuits } from '../../interp/circuit/trace-circuits.ts';
import type { Reader } from '../../interp/reader.ts';
import { keyedRandom } from '../../stats/random.ts';
import type { ListCircuit } from './list-circuit.ts';
import { vectorOf } from './vectors.ts';

/** Changes of `p_end − p_again` when a feature is set to 0 at its position. */
export interface NodeTest {
  /** Index among the sources. */
  readonly node: number;
  readonly isRandom: boolean;
  readonly measured: number;
  readonly attentionHeld: number;
}

export interface NodeTestOptions {
  readonly seed: number;
  readonly tokens: Decision;
  readonly tested: { readonly nodes: number; readonly random: number };
  readonly onProgress: (done: number) => void;
}

/**
 * Set the most influential features of every circuit to 0, one at a time, and beside them random active features.
 * @returns [list]
 */
export async function testNodes(
  reader: Reader,
  { transcoders }: TracedCircuits,
  lists: readonly ListCircuit[],
  { seed, tokens, tested, onProgress }: NodeTestOptions,
): Promise<NodeTest[][]> {
  const chosen = lists.map((list) => chosenNodes(list, tested, seed));
  const measured: Record<'nothing' | 'patterns', number[][]> = { nothing: [], patterns: [] };
  let done = 0;
  for (const held of ['nothing', 'patterns'] as const) {
    await using removals = await Removals.open(reader, transcoders, held);
    for (const [i, { own }] of lists.entries()) {
      const { sources } = own.tracing;
      const nodes = [...chosen[i]!.nodes, ...chosen[i]!.random];
      const nothing = { layer: 0, pos: 0, vector: new Float32Array(reader.model.dims.dModel) };
      const [clean, ...removed] = await removals.measure(own, tokens, [
        nothing,
        ...nodes.map((node) => {
          const { layer, pos } = sources.at(node);
          return { layer, pos, vector: vectorOf(own, transcoders, node) };
        }),
      ]);
      measured[held].push(removed.map((each) => metricOf(each) - metricOf(clean!)));
      onProgress(++done / 2);
    }
  }
  return chosen.map(({ nodes, random }, i) =>
    [...nodes, ...random].map((node, j) => ({
      node,
      isRandom: j >= nodes.length,
      measured: measured.nothing[i]![j]!,
      attentionHeld: measured.patterns[i]![j]!,
    })),
  );
}

export const metricOf = ({ p: { end, again } }: Removed): number => end - again;

/**
 * The most influential features of the pruned graph; and for the first of them a random active feature each, in the same layer
 * and at the same position, that is not in the graph.
 */
function chosenNodes(
  { decision, own, pruned }: ListCircuit,
  tested: NodeTestOptions['tested'],
  seed: number,
): { readonly nodes: readonly number[]; readonly random: readonly number[] } {
  const { tracing, layers } = own;
  const inGraph = new Set(pruned.nodes);
  const nodes = pruned.nodes
    .filter((node) => tracing.sources.at(node).kind === 'feature')
    .slice(0, tested.nodes);
  const draw = keyedRandom(seed, `random features ${decision.list.sample_id}`);
  const taken = new Set<number>();
  const random = nodes.slice(0, tested.random).flatMap((node) => {
    const { layer, pos } = tracing.sources.at(node);
    const { starts } = layers[layer]!;
    const first = tracing.sources.starts[layer]!;
    const others = range(first + starts[pos]!, first + starts[pos + 1]!).filter(
      (other) => !inGraph.has(other) && !taken.has(other),
    );
    if (others.length === 0) return [];
    const other = others[Math.floor(draw() * others.length)]!;
    taken.add(other);
    return [other];
  });
  return { nodes, random };
}

const range = (from: number, end: number): number[] =>
  Array.from({ length: end - from }, (_, i) => from + i);
