import { Graph, type Value } from '../../graph/builder.ts';
import { expand, reshape } from '../../graph/layout.ts';
import {
  add,
  gather,
  gatherElements,
  matmul,
  mul,
  reduceSum,
  softmax,
  sub,
} from '../../graph/ops.ts';
import { product } from '../../graph/shape.ts';
import { forward } from '../../models/forward.ts';
import type { Model } from '../../models/model.ts';
import { givenName, isPattern, mlpOutput, skipName, type Transcoders } from './linear-view.ts';

/** What is held at its values in the sequence while a vector is taken away: nothing, attention patterns, or the MLPs' outputs. */
export type Held = 'nothing' | 'patterns' | 'mlps';

/** Sites at which a vector may be taken away: the embedded tokens, then the output of each layer's MLP. */
export const siteOfLayer = (layer: number): number => layer + 1;

/** Name of the graph input with a transcoder's input in the sequence. */
export const cleanName = (hook: string): string => `clean ${hook}`;

/**
 * Runs of one sequence in each of which one vector is taken away at one position, from the embedded tokens or from what one MLP
 * adds. With the outputs of MLPs held, only the direct paths to what is read are left, through attention and norms, which are
 * computed anew.
 *
 * Inputs: the sequence's tokens in every row; `removed` [B, d_model]; `at` [B, T, 1], 1 at its position, else 0; `site`
 * [1 + layers, B, 1, 1], 1 at its site (`siteOfLayer`), else 0; `last` int64 [B], the index of each row's last token; `pair`
 * int64 [B, 2]; what is held, and for held MLPs `read` [B, d_model], `read at` [B, T, 1] and `read layer` [layers, B, 1, 1].
 *
 * Outputs: `p` [B, 2], the probabilities of the pair after the last token; for held MLPs also `reading` [B, 1], the product of
 * `read` with what the transcoder of a layer reads.
 */
export function removalGraph(model: Model, transcoders: Transcoders, held: Held): Graph {
  const { nLayers, dModel } = model.dims;
  const graph = new Graph();
  const row = (name: string) =>
    reshape(graph.input(name, 'float32', ['B', dModel]), ['B', 1, dModel]);
  const positions = (name: string) => graph.input(name, 'float32', ['B', 'T', 1]);
  const removed = mul(row('removed'), positions('at'));
  const sites = graph.input('site', 'float32', [nLayers + 1, 'B', 1, 1]);
  const without = (value: Value, site: number): Value =>
    sub(value, mul(removed, gather(sites, graph.scalar(site, 'int64'))));
  const outputs = heldOutputs(graph, transcoders);
  const layerOf = new Map(transcoders.map((_, layer) => [mlpOutput(layer), layer]));
  const edit = (hook: string, value: Value): Value => {
    if (held === 'patterns' && isPattern(hook)) {
      const pattern = graph.input(givenName(hook), 'float32', [1, ...value.shape.slice(1)]);
      return expand(pattern, value.shape);
    }
    if (held === 'mlps') outputs.see(hook, value);
    const layer = layerOf.get(hook);
    if (layer === undefined) return value;
    return without(held === 'mlps' ? outputs.of(layer, value) : value, siteOfLayer(layer));
  };
  const edited: Model = { ...model, embed: (...args) => without(model.embed(...args), 0) };
  const { weights, resid } = forward(edited, graph, { edit });
  const last = gather(
    reshape(resid, [product(['B', 'T']), dModel]),
    graph.input('last', 'int64', ['B']),
  );
  const pair = graph.input('pair', 'int64', ['B', 2]);
  graph.output('p', gatherElements(softmax(model.unembed(weights, last).logits), pair));
  if (held === 'mlps') {
    const read = mul(row('read'), positions('read at'));
    graph.output(
      'reading',
      outputs.reading(read, graph.input('read layer', 'float32', [nLayers, 'B', 1, 1])),
    );
  }
  return graph;
}

/** The outputs of MLPs as inputs of a graph; a skip connection still passes on what its input changes by. */
function heldOutputs(graph: Graph, transcoders: Transcoders) {
  const seen = new Map<string, Value>();
  const given = (name: string, width: number) => graph.input(name, 'float32', [1, 'T', width]);
  return {
    see: (hook: string, value: Value) => void seen.set(hook, value),
    of: (layer: number, { shape }: Value): Value => {
      const output = expand(given(givenName(mlpOutput(layer)), Number(shape.at(-1))), shape);
      const coder = transcoders[layer];
      if (!coder?.hasSkip) return output;
      const change = sub(seen.get(coder.hook)!, given(cleanName(coder.hook), coder.dIn));
      const skip = graph.input(skipName(layer), 'float32', [coder.dIn, coder.dOut]);
      return add(output, matmul(change, skip));
    },
    /** [B, 1] */
    reading: (read: Value, layers: Value): Value => {
      const products = transcoders.flatMap((coder, layer) => {
        if (!coder) return [];
        const mask = gather(layers, graph.scalar(layer, 'int64'));
        const sums = reduceSum(mul(seen.get(coder.hook)!, read), [1, 2]); // [B, 1, 1]
        return [reshape(mul(sums, mask), ['B', 1])];
      });
      return products.reduce(add);
    },
  };
}
