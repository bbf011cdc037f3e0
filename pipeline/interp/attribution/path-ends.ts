import type { Graph, Value } from '../../graph/builder.ts';
import { mul, sub } from '../../graph/ops.ts';
import { encode, type SaeWeights } from '../../sae/jump-relu.ts';
import type { Path } from '../../schema/attribution-columns.ts';
import type { SaeDims } from '../sae-sessions.ts';

/** Feature activations at the ends of a path, each [B, T, d_sae], 0 at uncounted positions. */
export interface PathEnds {
  /** [B, T, d_in]: what the SAE reads in the list as it is. */
  readonly x: Value;
  /** Of the list as it is. */
  readonly acts: Value;
  /** Where the path starts; null where all features start at 0. */
  readonly startActs: Value | null;
  /** `acts − startActs` */
  readonly change: Value;
}

/**
 * Inputs: `x` [B, T, d_in]; for the path `swapped` also `swapped x`, the same hook after the swapped prompt.
 * @param counted [B, T, 1]: 1 at counted positions, else 0
 */
export function pathEnds(weights: SaeWeights, dims: SaeDims, path: Path, counted: Value): PathEnds {
  const { graph } = counted;
  const x = hookInput(graph, 'x', dims);
  const acts = mul(encode(weights, x), counted);
  if (path === 'zero') return { x, acts, startActs: null, change: acts };
  const startActs = mul(encode(weights, hookInput(graph, 'swapped x', dims)), counted);
  return { x, acts, startActs, change: sub(acts, startActs) };
}

const hookInput = (graph: Graph, name: string, { dIn }: SaeDims): Value =>
  graph.input(name, 'float32', ['B', 'T', dIn]);
