import type { Graph, Value } from '../../graph/builder.ts';
import { expand } from '../../graph/layout.ts';
import { add, matmul, stopGradient, sub } from '../../graph/ops.ts';
import type { Feeds } from '../../runtime/session.ts';
import type { Sae, SaeSpec } from '../../sae/sae.ts';

/**
 * The linear view of a model on one sequence: attention patterns and the factors of norms are held at the values that they
 * have there, and what the MLPs add to the residual stream is taken as given. Every value of the residual stream is then
 * linear in the embedded tokens, the outputs of the MLPs and the biases. A transcoder splits an MLP's output into features,
 * an error and a bias; where it has a skip connection, that part of the output stays linear in its input.
 *
 * Source: Ameisen et al. (2025), Circuit Tracing, "From cross-layer transcoder to replacement model".
 */

/** The transcoder of each layer of a model; null for a layer that has none, whose MLP's output is all error. */
export type Transcoders<T extends SaeSpec = SaeSpec> = readonly (T | null)[];

/** What an MLP adds to the residual stream: the output of every transcoder. */
export const mlpOutput = (layer: number): string => `blocks.${layer}.hook_mlp_out`;

/** Whether a hook's value is held fixed: attention patterns, and the factors of the norms outside MLPs. */
export const isFrozen = (hook: string): boolean => FROZEN.test(hook);

const FROZEN = /^blocks\.\d+\.(attn\.hook_pattern|(ln1|ln1_post|ln2)\.inverse_rms)$/;

export const isPattern = (hook: string): boolean => hook.endsWith('.attn.hook_pattern');

/** Name of the graph input with a value of the linear view. */
export const givenName = (hook: string): string => `given ${hook}`;

/** Name of the graph input with the weights [d_in, d_out] of a layer's skip connection. */
export const skipName = (layer: number): string => `skip of ${layer}`;

export const skipFeeds = (transcoders: Transcoders<Sae>): Feeds =>
  Object.fromEntries(
    transcoders.flatMap((coder, layer) =>
      coder?.params.W_skip ? [[skipName(layer), coder.params.W_skip]] : [],
    ),
  );

export interface LinearView {
  /** An edit that makes a forward pass linear; frozen values become inputs of the graph, [1, …] for all rows. */
  readonly edit: (hook: string, value: Value) => Value;
  /** By layer: the value of the MLP's output, as a source of gradients. */
  readonly outputs: ReadonlyMap<number, Value>;
}

/** The linear view in a graph in which `forward` is to run. The values of MLPs are not needed, and then not computed. */
export function linearView(graph: Graph, transcoders: Transcoders): LinearView {
  const outputs = new Map<number, Value>();
  const inputs = new Map<string, Value>();
  const layerOf = new Map(transcoders.map((_, layer) => [mlpOutput(layer), layer]));
  const edit = (hook: string, value: Value): Value => {
    inputs.set(hook, value);
    if (isFrozen(hook)) {
      const given = graph.input(givenName(hook), 'float32', [1, ...value.shape.slice(1)]);
      return expand(given, value.shape);
    }
    const layer = layerOf.get(hook);
    if (layer === undefined) return value;
    const given = stopGradient(value);
    outputs.set(layer, given);
    const coder = transcoders[layer];
    if (!coder?.hasSkip) return given;
    const skip = graph.input(skipName(layer), 'float32', [coder.dIn, coder.dOut]);
    const skipped = matmul(inputs.get(coder.hook)!, skip);
    return add(given, sub(skipped, stopGradient(skipped)));
  };
  return { edit, outputs };
}
