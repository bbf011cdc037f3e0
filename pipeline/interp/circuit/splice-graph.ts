import { Graph, type Value } from '../../graph/builder.ts';
import { reshape, split } from '../../graph/layout.ts';
import { add, gather, gatherElements, less, matmul, mul, sub, where } from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import type { Feeds } from '../../runtime/session.ts';
import { encode, type SaeWeights, skipTerm } from '../../sae/jump-relu.ts';
import type { Sae, SaeParams, SaeSpec } from '../../sae/sae.ts';
import { mlpOutput, type Transcoders } from './linear-view.ts';

/** Name of the graph input with a parameter of a layer's transcoder. */
const paramName = (layer: number, name: keyof SaeParams): string => `${name} of ${layer}`;
/** [B, T, d_sae]: 1 where a feature of a layer keeps the activation that its encoder gives, else 0. */
export const keepName = (layer: number): string => `keep of ${layer}`;
/** [1, T, d_model]: an error that may stand in place of a layer's own. */
export const errorName = (layer: number): string => `error of ${layer}`;
/** [1, T, d_sae]: the activations of the features of a layer that are not kept. */
export const restName = (layer: number): string => `rest of ${layer}`;

/**
 * A model whose MLPs are rebuilt by their transcoders, with some features kept and the rest set to given activations. Each
 * encoder reads what the layers below give it, so kept features follow what is changed below them, and so does the error.
 *
 * Inputs: tokens; each transcoder's parameters; `keepName` and `restName` of each layer that has one; `errors` [B, 1, 1], 1
 * where errors are kept, else 0; `given errors` [B, 1, 1], 1 where `errorName` stands in their place; `counted` [B, T, 1]: MLPs at other positions are left as they are; `last` int64 [B] and `pair`
 * int64 [B, 2], as in `removalGraph`.
 *
 * Output: `metric` [B, 1], the logit of the first token of the pair minus that of the second.
 */
export function spliceGraph(model: Model, transcoders: Transcoders): Graph {
  const graph = new Graph();
  const errors = graph.input('errors', 'float32', ['B', 1, 1]);
  const given = graph.input('given errors', 'float32', ['B', 1, 1]);
  const counted = graph.input('counted', 'float32', ['B', 'T', 1]);
  const layerOf = new Map(transcoders.map((_, layer) => [mlpOutput(layer), layer]));
  const seen = new Map<string, Value>();
  const edit = (hook: string, value: Value): Value => {
    seen.set(hook, value);
    const layer = layerOf.get(hook);
    const coder = layer === undefined ? null : transcoders[layer];
    if (layer === undefined || !coder) return value;
    const spliced = splice(coder, layer, {
      x: seen.get(coder.hook)!,
      output: value,
      errors,
      given,
    });
    return where(less(graph.scalar(0, 'float32'), counted), spliced, value);
  };
  const { weights, resid } = forward(model, graph, { edit });
  const last = graph.input('last', 'int64', ['B']);
  const rows = gather(reshape(resid, [product(['B', 'T']), model.dims.dModel]), last);
  const pair = graph.input('pair', 'int64', ['B', 2]);
  const [a, b] = split(gatherElements(model.unembed(weights, rows).logits, pair), [1, 1], -1);
  graph.output('metric', sub(a, b));
  return graph;
}

interface Spliced {
  readonly x: Value;
  readonly output: Value;
  readonly errors: Value;
  readonly given: Value;
}

/** `reconstruction + errors · error + given errors · given error`, with the reconstruction from the activations that are kept or given. */
function splice(coder: SaeSpec, layer: number, { x, output, errors, given }: Spliced): Value {
  const { graph } = x;
  const weights = coderInputs(graph, coder, layer);
  const keep = graph.input(keepName(layer), 'float32', ['B', 'T', coder.dSae]);
  const rest = graph.input(restName(layer), 'float32', [1, 'T', coder.dSae]);
  const acts = encode(weights, x);
  const one = graph.scalar(1, 'float32');
  const change = mul(sub(keep, one), sub(acts, rest)); // 0 where kept, else rest − acts
  // With its own error a layer gives its output, changed; without, what its features decode to. One product does for both.
  const withoutError = sub(one, errors);
  const decoded = matmul(add(mul(withoutError, acts), change), weights.W_dec);
  const skipped = skipTerm(weights, x);
  const constant = skipped ? add(weights.b_dec, skipped) : weights.b_dec;
  const givenError = graph.input(errorName(layer), 'float32', [1, 'T', coder.dOut]);
  const rebuilt = add(decoded, mul(withoutError, constant));
  return add(add(rebuilt, mul(errors, output)), mul(given, givenError));
}

/** A transcoder's parameters as inputs of a graph that has those of other layers, too. */
export function coderInputs(
  graph: Graph,
  { dIn, dSae, dOut, hasSkip, k }: SaeSpec,
  layer: number,
): SaeWeights {
  const input = (name: keyof SaeParams, shape: readonly number[]) =>
    graph.input(paramName(layer, name), 'float32', shape);
  return {
    W_enc: input('W_enc', [dIn, dSae]),
    b_enc: input('b_enc', [dSae]),
    W_dec: input('W_dec', [dSae, dOut]),
    b_dec: input('b_dec', [dOut]),
    threshold: input('threshold', [dSae]),
    ...(hasSkip && { W_skip: input('W_skip', [dIn, dOut]) }),
    ...(k !== undefined && { k }),
  };
}

/** Feeds of `coderInputs`, of every layer. */
export function paramFeeds(transcoders: Transcoders<Sae>): Feeds {
  const feeds: Record<string, Tensor> = {};
  transcoders.forEach((coder, layer) => {
    if (!coder) return;
    const { W_enc, b_enc, W_dec, b_dec, threshold, W_skip } = coder.params;
    const named = { W_enc, b_enc, W_dec, b_dec, threshold, ...(W_skip && { W_skip }) };
    for (const [name, tensor] of Object.entries(named))
      feeds[paramName(layer, name as keyof SaeParams)] = tensor;
  });
  return feeds;
}
